import type { ListedTuneRun } from "../../protocol/tuneRuns.ts";
import type { DatasetEntry, Datasets } from "../datasets.ts";
import type { Disposable } from "../disposables.ts";
import type { Message } from "../messages.ts";
import { changedWhileTuning, tuneRunEnded } from "./tuneMessages.ts";

/** What was seen of a dataset the last time. */
interface Seen {
  readonly runs: ReadonlySet<string>;
  readonly running: ReadonlySet<string>;
  readonly state: string;
  readonly changedFiles: number;
}

/** A process that is gone writes nothing: runs that go on are looked at so often. */
const lookAgainMs = 10_000;

/** Tells a person of runs that end while the window looks on, and once a run of changes to the pairs that it is trained on. */
export function followTuneRuns(
  datasets: Pick<Datasets, "all" | "get" | "onDidChange" | "refresh">,
  { tell }: { readonly tell: (message: Message) => void },
): Disposable {
  const seen = new Map<string, Seen>();
  const warned = new Set<string>();
  const look = (entry: DatasetEntry): void => {
    const { root, name, overview, changedFiles } = entry;
    if (overview === null) return;
    const runs = overview.tuneRuns ?? [];
    const now: Seen = {
      runs: new Set(runs.map(({ id }) => id)),
      running: runningOf(runs),
      state: overview.state,
      changedFiles: changedFiles ?? 0,
    };
    const before = seen.get(root);
    seen.set(root, now);
    if (before === undefined) return;
    // One that failed at once was never seen to run.
    const isNews = ({ id }: ListedTuneRun): boolean => !now.running.has(id) && (before.running.has(id) || !before.runs.has(id));
    for (const run of runs.filter(isNews)) {
      const message = tuneRunEnded(name, root, run);
      if (message !== undefined) tell(message);
    }
    const isChanged = before.state !== now.state || now.changedFiles > before.changedFiles;
    const touched = isChanged ? [...now.running].filter((id) => before.running.has(id) && !warned.has(id)) : [];
    if (touched.length === 0) return;
    for (const id of touched) warned.add(id);
    tell(changedWhileTuning(name));
  };
  const listening = datasets.onDidChange((root) => {
    const entry = root === undefined ? undefined : datasets.get(root);
    for (const each of root === undefined ? datasets.all : entry === undefined ? [] : [entry]) look(each);
  });
  const timer = setInterval(() => {
    for (const [root, { running }] of seen) if (running.size > 0) void datasets.refresh(root);
  }, lookAgainMs);
  return {
    dispose: () => {
      clearInterval(timer);
      listening.dispose();
    },
  };
}

function runningOf(runs: readonly ListedTuneRun[]): ReadonlySet<string> {
  return new Set(runs.filter(({ state }) => state === "running").map(({ id }) => id));
}
