import type { RunReport, RunRequest } from "../protocol/engineApi.ts";
import type { RunState } from "../protocol/panelApi.ts";
import type { ComputeApi } from "../protocol/computeApi.ts";
import type { Caller } from "./engineClient.ts";
import { emptyEstimate, type RunEstimate, runStateOf } from "./runEstimate.ts";
import { carryOutRun, type RunFollowing } from "./runWork.ts";
import { StoppedError } from "./stopped.ts";

/** Where a person sees a run go on, and can stop it. */
export interface RunDisplay {
  show(estimate: RunEstimate): void;
  close(): void;
}

/** What runs are made with. `open` shows a run; a `quiet` one was not asked for by a person and stays in the background. */
export interface RunParts {
  readonly runner: Caller<ComputeApi>;
  readonly open: (root: string, options: { readonly quiet: boolean; readonly stop: () => void }) => RunDisplay;
  readonly onRecovered: (root: string, ...providers: Parameters<RunFollowing["onRecovered"]>) => void;
  /** A run started, went on or ended; at most some times a second. */
  readonly onDidChange: (root: string) => void;
}

/** The runs of this window: one at a time, one a dataset, the others wait for their turn. */
export interface Runs {
  /** How far the run of a dataset is; null where none goes on. */
  state(root: string): RunState | null;
  /** Carries out a run, or joins the one that goes on. Rejects with `StoppedError` when it is stopped. */
  run(request: RunRequest, options: { readonly quiet: boolean }): Promise<RunReport>;
  stop(root: string): void;
  dispose(): void;
}

interface Running {
  readonly controller: AbortController;
  readonly report: Promise<RunReport>;
  estimate: RunEstimate;
}

/** Listeners hear of progress so often at most. */
const toldEveryMs = 250;

/** Makes the runs; none goes on at first. */
export function createRuns(parts: RunParts): Runs {
  const running = new Map<string, Running>();
  let last: Promise<unknown> = Promise.resolve();

  const carryOut = async (request: RunRequest, quiet: boolean, { signal }: AbortController): Promise<RunReport> => {
    const { root } = request;
    const display = parts.open(root, { quiet, stop: () => running.get(root)?.controller.abort(new StoppedError()) });
    let toldMs = Number.NEGATIVE_INFINITY;
    const onEstimate = (estimate: RunEstimate): void => {
      const own = running.get(root);
      if (own !== undefined) own.estimate = estimate;
      display.show(estimate);
      if (performance.now() - toldMs < toldEveryMs) return;
      toldMs = performance.now();
      parts.onDidChange(root);
    };
    try {
      const before = last.catch(() => undefined);
      const work = before.then(() => {
        signal.throwIfAborted();
        return carryOutRun(parts.runner, request, { signal, onEstimate, onRecovered: (provider) => parts.onRecovered(root, provider) });
      });
      last = work;
      return await Promise.race([work, whenAborted(signal)]);
    } finally {
      display.close();
    }
  };
  return {
    state: (root) => {
      const own = running.get(root);
      return own === undefined ? null : runStateOf(own.estimate);
    },
    run: async (request, { quiet }) => {
      const { root } = request;
      const known = running.get(root);
      if (known !== undefined) return await known.report;
      const controller = new AbortController();
      const report = carryOut(request, quiet, controller).finally(() => {
        running.delete(root);
        parts.onDidChange(root);
      });
      running.set(root, { controller, report, estimate: emptyEstimate });
      parts.onDidChange(root);
      return await report;
    },
    stop: (root) => running.get(root)?.controller.abort(new StoppedError()),
    dispose: () => {
      for (const { controller } of running.values()) controller.abort(new StoppedError());
    },
  };
}

/** Rejects when the signal is aborted: a run that waits for its turn ends at once, and nobody waits for a process to be killed. */
function whenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true }));
}
