import type { StoreApi } from "../../protocol/storeApi.ts";
import type { Caller } from "../engineClient.ts";
import { isWithin } from "../folders.ts";

/** A request of the store with its parameters. */
export type StoreRequest = {
  readonly [Method in keyof StoreApi]: { readonly method: Method; readonly params: StoreApi[Method]["params"] };
}[keyof StoreApi];

/** A document of an editor with unsaved changes: its path, and where that leads if it is a link. */
export interface UnsavedDocument {
  readonly path: string;
  readonly real: string;
}

/** A file that was to be changed is open with unsaved changes, and the person did not save it. */
export class UnsavedError extends Error {
  constructor(paths: readonly string[]) {
    const [first = ""] = paths;
    const name = first.split(/[\\/]/).pop() ?? first;
    super(`${paths.length > 1 ? `${name} and ${paths.length - 1} more have` : `${name} has`} unsaved changes: save first, then try again`);
    this.name = "UnsavedError";
  }
}

/** What files are found with: `realOf` tells where a path leads. */
export interface UnsavedParts {
  readonly store: Caller<StoreApi>;
  readonly realOf: (path: string) => Promise<string>;
}

/**
 * The unsaved documents among the files that a request may write: the caption's file for one caption, else all of the dataset's. Requests that write no caption
 * concern none.
 */
export async function findConcerned(
  { method, params }: StoreRequest,
  unsaved: readonly UnsavedDocument[],
  { store, realOf }: UnsavedParts,
): Promise<readonly UnsavedDocument[]> {
  if (unsaved.length === 0) return [];
  switch (method) {
    case "applyEdit":
    case "acceptRewrites":
    case "undo":
      return unsaved.filter(({ path, real }) => isWithin(params.root, path) || isWithin(params.root, real));
    case "editCaption": {
      const { root, sample, captionIndex } = params;
      const { captions } = await store.call("inspect", { root, sample });
      const file = captions.find((caption) => caption.captionIndex === captionIndex)?.file;
      if (file === undefined) return [];
      const target = await realOf(file);
      return unsaved.filter(({ path, real }) => path === file || real === target);
    }
    default:
      return [];
  }
}
