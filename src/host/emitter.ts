import type { Event } from "vscode";

/** An event of VS Code's shape that its owner fires. */
export interface Emitter<Value> {
  readonly event: Event<Value>;
  fire(value: Value): void;
}

/** Makes an event. A listener that throws doesn't keep the others from hearing it. */
export function createEmitter<Value>(onError: (error: unknown) => void): Emitter<Value> {
  const listeners = new Set<(value: Value) => unknown>();
  const listen = (
    listener: (value: Value) => unknown,
    thisArgument?: unknown,
    disposables?: { dispose(): unknown }[],
  ): { dispose(): void } => {
    const bound = (value: Value): unknown => listener.call(thisArgument, value);
    listeners.add(bound);
    const subscription = { dispose: () => void listeners.delete(bound) };
    disposables?.push(subscription);
    return subscription;
  };
  return {
    // VS Code's class `Disposable` has nothing but `dispose`, and can't be made outside of VS Code.
    event: listen as Event<Value>,
    fire: (value) => {
      for (const listener of [...listeners]) {
        try {
          listener(value);
        } catch (error) {
          onError(error);
        }
      }
    },
  };
}
