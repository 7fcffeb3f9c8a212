import type * as vscode from "vscode";
import type { Overview } from "../protocol/overview.ts";
import type { RunState } from "../protocol/panelApi.ts";

/** A dataset of this window. `overview` is null until it was read, `changedFiles` where it isn't known; `problem` is a sentence where it can't be read. */
export interface DatasetEntry {
  readonly root: string;
  readonly name: string;
  readonly format: string;
  readonly overview: Overview | null;
  readonly run: RunState | null;
  readonly changedFiles: number | null;
  readonly problem: string | null;
}

/** The datasets of this window: those found in its folders and those that a person added. Roots are absolute paths. */
export interface Datasets {
  readonly all: readonly DatasetEntry[];
  /** Fires with the root of the dataset that changed, and with undefined when the list did. */
  readonly onDidChange: vscode.Event<string | undefined>;
  get(root: string): DatasetEntry | undefined;
  /** Reads the overview again. */
  refresh(root: string): Promise<void>;
  /** Puts a folder's datasets on the list; rejects with `NoDatasetError` where it holds none. */
  add(root: string): Promise<void>;
  /** Takes a dataset off the list; nothing of it is touched. */
  remove(root: string): Promise<void>;
  /** Analyses a dataset; resolves when it is done or was stopped, and tells the person what went wrong. */
  run(root: string): Promise<void>;
  cancelRun(root: string): void;
  dispose(): void;
}
