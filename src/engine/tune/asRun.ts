import { explainFailure } from "../../core/tune/failure.ts";
import type { Env } from "../env.ts";
import { markProcess } from "./processStart.ts";
import { readRunState, writeRunState, type RunState } from "./runFolder.ts";
import { TuneError, TuneStoppedError } from "./tuneError.ts";

/** Adds to what a run's state says while its work goes on. */
export type TellState = (more: Partial<Pick<RunState, "vectors" | "trainer" | "message">>) => Promise<void>;

/** Does the work of a run in this process, and keeps in its folder how it stands: running, then done, stopped or failed with a sentence. Throws what the work throws, or what to do about it. */
export async function asRun<Result>(
  env: Env,
  { folder, signal }: { readonly folder: string; readonly signal: AbortSignal },
  work: (tell: TellState) => Promise<Result>,
): Promise<Result> {
  const vectors = (await readRunState(folder))?.vectors;
  let state: RunState = { state: "running", ...(await markProcess(process.pid)), startedAt: new Date(env.now()).toISOString() };
  const write = async (more: Partial<RunState>): Promise<void> => {
    state = { ...state, ...more };
    await writeRunState(folder, state);
  };
  await write(vectors === undefined ? {} : { vectors });
  try {
    const result = await work(write);
    await write({ state: "done" });
    return result;
  } catch (error) {
    const isStopped = error instanceof TuneStoppedError || signal.aborted;
    const explained = isStopped ? undefined : explainFailure(wordsOf(error));
    const told = explained === undefined ? error : new TuneError(explained, { cause: error });
    const message = told instanceof Error ? told.message : String(told);
    // On a full disk not even this may fit; whoever reads the folder then finds a run that died, and its log.
    await write({ state: isStopped ? "stopped" : "failed", message }).catch((failure: unknown) => env.log("tune.state", String(failure)));
    throw told;
  }
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? `${(error as NodeJS.ErrnoException).code ?? ""} ${error.message}` : String(error);
}
