import { appendFile, chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";

/** A training that was asked for, or begun again. */
const trainingShape = z.object({
  folder: z.string(),
  settings: z.looseObject({ seed: z.number(), wandb: z.string().nullable(), rate: z.number() }),
  hasCanary: z.boolean(),
  pairs: z.array(z.object({ image: z.string(), captions: z.array(z.string()), heldOut: z.boolean() })),
});

/** A stand-in for a Python with the trainer `full`: a recall of 0.5 on the kept pairs and of 0.4 on random ones, a tenth of the seed more. */
export interface FakeFull {
  readonly interpreter: string;
  /** Lets the next training whose folder's name is this fail, or never end, once. */
  spoilOnce(name: string, how: "fails" | "hangs"): Promise<void>;
  trainings(): Promise<readonly z.infer<typeof trainingShape>[]>;
}

/** Writes the stand-in into a folder. */
export async function writeFakeFull(folder: string): Promise<FakeFull> {
  await mkdir(folder, { recursive: true });
  const [interpreter, log, spoiling] = [join(folder, "python"), join(folder, "trainings.jsonl"), join(folder, "spoiling")];
  const program = `#!${process.execPath}
const { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } = require("node:fs");
const folder = process.argv.at(-1);
const settings = JSON.parse(readFileSync(folder + "/full.json", "utf8"));
const pairs = readFileSync(folder + "/pairs.jsonl", "utf8").trim().split("\\n").map((line) => JSON.parse(line));
appendFileSync(${JSON.stringify(log)}, JSON.stringify({ folder, settings, pairs, hasCanary: existsSync(folder + "/canary.jsonl") }) + "\\n");
const spoiling = ${JSON.stringify(spoiling)};
const [name, how] = existsSync(spoiling) ? readFileSync(spoiling, "utf8").split(" ") : [];
if (name !== undefined && folder.endsWith(name)) {
  rmSync(spoiling);
  console.error("ValueError: as the test wants");
  if (how === "fails") process.exit(1);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}
const recall = (folder.endsWith("kept") ? 0.5 : 0.4) + settings.seed / 10;
const shares = { imageToText: recall, textToImage: recall };
const epoch = { kind: "epoch", epoch: 0, step: 1, loss: 1, ...shares, temperature: null, ms: 1 };
writeFileSync(folder + "/metrics.jsonl", JSON.stringify(epoch) + "\\n");
writeFileSync(folder + "/trainer.json", JSON.stringify({ state: "done", end: "allEpochs", bestEpoch: 1 }));
`;
  await writeFile(interpreter, program);
  await chmod(interpreter, 0o755);
  await appendFile(log, "");
  return {
    interpreter,
    spoilOnce: (name, how) => writeFile(spoiling, `${name} ${how}`),
    trainings: async () =>
      (await readFile(log, "utf8"))
        .split("\n")
        .filter(Boolean)
        .map((line) => trainingShape.parse(JSON.parse(line))),
  };
}
