import type { DatasetEntry } from "./datasets.ts";

/** What `when` clauses of package.json may ask of us. */
export interface ContextKeys {
  /** Whether datasets are looked for, none was found, some were found that nobody has analysed or added, or there are some on the list. */
  readonly "winnow:datasets": "searching" | "none" | "found" | "listed";
  /** Known and true: there is nothing to look at yet. Before the extension runs it is neither. */
  readonly "winnow:nothingAnalysed": boolean;
  readonly "winnow:running": boolean;
  readonly "winnow:undoable": boolean;
}

/** The keys for what is known of the datasets. `isListed` says whether any of them is more than a folder that looks like one. */
export function contextOf(
  entries: readonly DatasetEntry[],
  { isSearching, isListed }: { isSearching: boolean; isListed: boolean },
): ContextKeys {
  const analysed = entries.filter(({ overview }) => overview?.analysed != null);
  const found = entries.length > 0 ? "found" : isSearching ? "searching" : "none";
  return {
    "winnow:datasets": isListed ? "listed" : found,
    "winnow:nothingAnalysed": !isSearching && analysed.length === 0,
    "winnow:running": entries.some(({ run }) => run !== null),
    "winnow:undoable": entries.some(({ overview }) => overview?.undoable != null),
  };
}

/** Tells VS Code of keys, and of each only when it changes. */
export function createContextWriter(write: (key: string, value: unknown) => void): (keys: ContextKeys) => void {
  const known = new Map<string, unknown>();
  return (keys) => {
    for (const [key, value] of Object.entries(keys)) {
      if (known.get(key) === value) continue;
      known.set(key, value);
      write(key, value);
    }
  };
}
