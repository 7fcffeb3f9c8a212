/** Something that must be let go of; VS Code's own disposables are such. */
export interface Disposable {
  dispose(): unknown;
}

/** What one owner has to let go of. */
export interface DisposableStore extends Disposable {
  /** Keeps a thing until the store is disposed; in a disposed store it is disposed at once. Gives the thing back. */
  add<Thing extends Disposable>(thing: Thing): Thing;
  /** Disposes everything, the last first. Twice is fine. */
  dispose(): void;
}

/** Makes an empty store. */
export function createDisposableStore(): DisposableStore {
  const things: Disposable[] = [];
  let isDisposed = false;
  return {
    add: (thing) => {
      if (isDisposed) thing.dispose();
      else things.push(thing);
      return thing;
    },
    dispose: () => {
      isDisposed = true;
      for (const thing of things.splice(0).reverse()) thing.dispose();
    },
  };
}
