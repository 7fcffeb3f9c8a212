import { readdirSync, readFileSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { checkout } from "../winnow.ts";

/** One line of a run's `pairs.jsonl`. */
interface PairLine {
  readonly image: string;
  readonly captions: readonly string[];
  readonly class: number;
  readonly groups?: readonly number[];
  readonly negatives?: readonly (readonly string[])[];
  readonly heldOut?: boolean;
  readonly cluster?: number;
  readonly labels?: readonly number[];
  readonly captionClusters?: readonly number[];
}

const metricShape = z.looseObject({ kind: z.string(), step: z.number().optional(), loss: z.number().optional() });

/** A metric as the trainer writes it. */
export type FoundMetric = z.infer<typeof metricShape>;

const trained = 32;
const heldOut = 8;
/** Places of pictures among those that can't be read: stock open_clip fails on such, which is why an export leaves them out. */
export const brokenPictures: ReadonlySet<number> = new Set([25]);

/** Writes the configuration of a model of a few thousand weights beside CLIP's own vocabulary, and gives its folder. */
export async function writeTinyModel(parent: string): Promise<string> {
  const folder = join(parent, "tiny");
  await mkdir(folder, { recursive: true });
  const config = {
    model_cfg: {
      embed_dim: 8,
      vision_cfg: { image_size: 32, layers: 1, width: 16, head_width: 8, patch_size: 16 },
      text_cfg: { context_length: 16, vocab_size: 49408, width: 16, heads: 2, layers: 1 },
    },
    preprocess_cfg: {},
  };
  await writeFile(join(folder, "open_clip_config.json"), JSON.stringify(config));
  return folder;
}

/** Pictures and captions of the sample; the first two show the same, pairs of neighbours are confusable. */
export function samplePairs(): readonly PairLine[] {
  const folder = join(checkout, "media/sample/garden");
  const files = readdirSync(folder);
  const names = files
    .filter((name) => name.endsWith(".jpg") && files.includes(name.replace(".jpg", ".txt")))
    .sort()
    .slice(0, trained + heldOut);
  return names.map((name, at) => {
    const caption = readFileSync(join(folder, name.replace(".jpg", ".txt")), "utf8").split("\n")[0]!;
    return {
      image: join(folder, name),
      captions: [caption, `a photo of ${caption}`],
      class: at === 1 ? 0 : at,
      groups: [Math.floor(at / 2)],
      negatives: [[`no ${caption}`], [`a photo without ${caption}`]],
      heldOut: at >= trained,
      ...{ cluster: at % 4, labels: [at % 4, (at + 1) % 4], captionClusters: [at % 3, at % 4] },
    };
  });
}

/** Writes the folder of a run over the sample's pictures, with settings that are quick and changed as the test wants. */
export async function writeRun(
  parent: string,
  name: string,
  settings: Readonly<Record<string, unknown>>,
  pairs: readonly PairLine[] = samplePairs(),
): Promise<string> {
  const folder = join(parent, name);
  await mkdir(folder, { recursive: true });
  const quick = { scratch: true, batch: 16, epochs: 2, rate: 0.002, workers: 0, device: "cpu", patience: 0, guard: 0, ...settings };
  await writeFile(join(folder, "full.json"), JSON.stringify(quick));
  await writeFile(join(folder, "pairs.jsonl"), pairs.map((pair) => JSON.stringify(pair)).join("\n"));
  return folder;
}

/** Writes the list of a canary into the folder of a run, and gives the folder. */
export async function writeCanaryList(folder: string, pairs: readonly PairLine[]): Promise<string> {
  const lines = pairs.map(({ image, captions, class: class_ }) => JSON.stringify({ image, captions, class: class_ }));
  await writeFile(join(folder, "canary.jsonl"), lines.join("\n"));
  return folder;
}

/** What a run has told so far; a line that is being written is left out. */
export async function metricsOf(folder: string): Promise<readonly FoundMetric[]> {
  const text = await readFile(join(folder, "metrics.jsonl"), "utf8").catch(() => "");
  const lines = text.split("\n").slice(0, -1);
  return lines.map((line) => metricShape.parse(JSON.parse(line)));
}

/** The losses of a run's steps. */
export async function lossesOf(folder: string): Promise<readonly number[]> {
  return (await metricsOf(folder)).flatMap(({ kind, loss }) => (kind === "step" && loss !== undefined ? [loss] : []));
}

const toldShape = z.looseObject({
  call: z.string(),
  step: z.number().nullable().optional(),
  numbers: z.record(z.string(), z.unknown()).optional(),
});

/** What the stand-in for W&B was told by a run. */
export async function wandbOf(folder: string): Promise<readonly z.infer<typeof toldShape>[]> {
  const lines = (await readFile(join(folder, "wandb.jsonl"), "utf8")).trim().split("\n");
  return lines.map((line) => toldShape.parse(JSON.parse(line)));
}

/** How a run stands. */
export async function stateOf(folder: string): Promise<{ readonly state: string; readonly message?: string | undefined }> {
  const shape = z.object({ state: z.string(), message: z.string().optional() });
  return shape.parse(JSON.parse(await readFile(join(folder, "trainer.json"), "utf8")));
}

/** Writes lists of pairs as stock open_clip reads them, of what is trained on and of what is held out, and gives their paths. */
export async function writeLists(folder: string): Promise<{ readonly train: string; readonly validation: string; readonly pairs: number }> {
  await mkdir(folder, { recursive: true });
  const pairs = samplePairs().filter((_, at) => !brokenPictures.has(at));
  const write = async (name: string, isHeldOut: boolean): Promise<string> => {
    const rows = pairs
      .filter((pair) => pair.heldOut === isHeldOut)
      .flatMap(({ image, captions }) => captions.map((text) => `${image}\t${text}`));
    await writeFile(join(folder, name), ["filepath\ttitle", ...rows, ""].join("\n"));
    return join(folder, name);
  };
  const trainCount = pairs.filter(({ heldOut: isHeldOut }) => !isHeldOut).length * 2;
  return { train: await write("train.csv", false), validation: await write("validation.csv", true), pairs: trainCount };
}
