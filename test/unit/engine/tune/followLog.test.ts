import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { openClipDefaults, openClipFiles, openClipJob } from "../../../../src/core/tune/jobs/openClipJob.ts";
import { withMetricsOfLog } from "../../../../src/engine/tune/followLog.ts";
import { createWorkplace } from "../store/workplace.ts";

it("tells that the loss was no number also where the trainer was through before its log was read", async () => {
  const { env, outside: folder } = await createWorkplace();
  const data = {
    images: 64,
    pairs: 64,
    captions: 64,
    shown: 64,
    train: "train.csv",
    validation: undefined,
    kind: "csv",
    heldOutPairs: 0,
  } as const;
  const settings = { ...openClipDefaults, model: "tiny", accumulate: 1 };
  const job = openClipJob(settings, data, { python: "python3", folder, launch: { kind: "alone" } });
  const log = join(folder, openClipFiles(job).log);
  const work = async (): Promise<void> => {
    await mkdir(dirname(log), { recursive: true });
    const counts = "Train Epoch: 0 [64/64 (100%)] Data (t): 0.1 Batch (t): 0.2, 320/s, 320/s/gpu LR: 0.000010 Logit Scale: 14.286";
    await writeFile(log, `2026-11-29,09:30:01 | INFO | ${counts} Contrastive_loss: nan (nan) Loss: nan (nan)\n`);
  };
  const following = withMetricsOfLog(env, job, { signal: new AbortController().signal, work });
  await expect(following).rejects.toThrow(/^The loss is no number any more/);
});
