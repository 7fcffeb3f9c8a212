/** An operation of the ledger as people see it. `time` is ISO 8601. */
export interface ListedOperation {
  readonly operation: string;
  readonly time: string;
  readonly by: string;
  readonly kind: string;
  readonly summary: string;
  readonly files: number;
  readonly state: "open" | "done" | "aborted" | "undone" | "partlyUndone";
}

/** Asks to undo an operation, the last one where none is named; with `cascade` our own later operations on the same files first. */
export interface UndoRequest {
  readonly root: string;
  readonly operation?: string;
  readonly cascade: boolean;
}

/** What an undo did; `left` are files that it left alone and why. `operation` is null where nothing could be brought back. */
export interface UndoAnswer {
  readonly operation: string | null;
  readonly undone: readonly string[];
  readonly restored: number;
  readonly left: readonly { readonly path: string; readonly reason: string; readonly by: string | null }[];
}
