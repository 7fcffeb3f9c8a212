import { createDisposableStore, type Disposable } from "../disposables.ts";
import type { Notices } from "../notices.ts";
import { followTuneRuns } from "./followTuneRuns.ts";
import { provideTuneTasks, type TuneTaskParts } from "./tuneTasks.ts";

/** Offers tasks that fine-tune, and tells of the runs of all datasets what a person should know. */
export function serveTuning(parts: TuneTaskParts & { readonly notices: Notices }): Disposable {
  const store = createDisposableStore();
  store.add(provideTuneTasks(parts));
  store.add(followTuneRuns(parts.datasets, parts.notices));
  return store;
}
