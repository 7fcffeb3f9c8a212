import type { ProviderChoice } from "../core/providers.ts";
import type { ComputeApi } from "../protocol/computeApi.ts";
import type { RunReport, RunRequest } from "../protocol/engineApi.ts";
import type { Caller } from "./engineClient.ts";
import { EngineGoneError } from "./engineGoneError.ts";
import { planRecovery } from "./restarts.ts";
import { emptyEstimate, restartedEstimate, type RunEstimate, withProgress } from "./runEstimate.ts";

/** How a run is followed and stopped by the one who asked for it. */
export interface RunFollowing {
  readonly signal: AbortSignal;
  readonly onEstimate: (estimate: RunEstimate) => void;
  /** The process died and the run goes on, on another provider where `provider` is not the one that was asked for. Called once a run. */
  readonly onRecovered: (provider: ProviderChoice) => void;
}

/**
 * Carries out a run. When its process dies, the run is taken up again from the cache; rejects with `EngineGoneError` when that happens too often, with the
 * signal's reason when it was stopped, and with what went wrong otherwise.
 */
export async function carryOutRun(runner: Caller<ComputeApi>, request: RunRequest, following: RunFollowing): Promise<RunReport> {
  const { signal, onEstimate, onRecovered } = following;
  let estimate = emptyEstimate;
  let provider = request.provider;
  let fruitless = 0;
  let hasRecovered = false;
  for (;;) {
    let computed = 0;
    try {
      const onProgress: (progress: ComputeApi["run"]["progress"]) => void = (progress) => {
        computed = Math.max(computed, progress.done);
        estimate = withProgress(estimate, progress, performance.now());
        onEstimate(estimate);
      };
      return await runner.call("run", { ...request, provider }, { signal, onProgress });
    } catch (error) {
      if (!(error instanceof EngineGoneError) || (error.reason !== "ended" && error.reason !== "stopped")) throw error;
      estimate = restartedEstimate(estimate);
      if (error.reason === "stopped") continue; // a person restarted the engine, which says nothing against the provider
      fruitless = computed > 0 ? 1 : fruitless + 1;
      const recovery = planRecovery(fruitless);
      if (recovery.kind === "giveUp") throw error;
      ({ provider } = recovery);
      if (!hasRecovered) onRecovered(provider);
      hasRecovered = true;
    }
  }
}
