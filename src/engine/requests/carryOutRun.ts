import { isHeadJob } from "../../core/tune/runJob.ts";
import type { Env } from "../env.ts";
import { asRun } from "../tune/asRun.ts";
import { followTrainer } from "../tune/followTrainer.ts";
import { readJob } from "../tune/runFolder.ts";

/** How a run's own process is stopped, and where its words go. */
export interface RunWatch {
  readonly signal: AbortSignal;
  readonly print: (line: string) => void;
}

/** Does what the job in a run's folder says, from the beginning or from where it stopped. Throws what ends it; its folder tells the same. */
export async function carryOutRun(env: Env, folder: string, { signal, print }: RunWatch): Promise<void> {
  await asRun(env, { folder, signal }, async (tell) => {
    const job = await readJob(folder);
    print(`${new Date(env.now()).toISOString()} ${job.trainer} in ${folder}`);
    if (!isHeadJob(job)) {
      await followTrainer(job, { folder, signal, tell });
      return;
    }
    // Whoever only follows another program needs neither models nor tables.
    const { carryOutHead } = await import("./carryOutHead.ts");
    await carryOutHead({ env, job, folder, tell }, { signal, print });
  });
}
