import { existsSync } from "node:fs";
import { copyFile, mkdir, readdir, readFile } from "node:fs/promises";
import { dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { CancelSignal } from "../../core/neighbours/blocks.ts";
import type { ProviderChoice } from "../../core/providers.ts";
import { createRandom, drawDistinct } from "../../core/random.ts";
import type { Canary } from "../../core/tune/canary.ts";
import { fullFiles } from "../../core/tune/jobs/fullJob.ts";
import { rowsBetween, zeroRows } from "../../core/tune/rows.ts";
import type { Encoder } from "../encode/encoderFolder.ts";
import type { Env } from "../env.ts";
import { writeAtomically } from "../store/files.ts";
import { createQueryEncoder, type QueryEncoder } from "./queryEncoder.ts";

/** Enough to see a fall by half, few enough for a large encoder on a CPU. */
const canaryPairs = 64;
const canarySeed = 1;
const pictureEndings: ReadonlySet<string> = new Set([".jpg", ".png", ".webp"]);

/** Encodes pairs of the sample dataset, a fixed draw with captions that differ; undefined where the sample isn't there. */
export async function encodeCanary(
  queries: QueryEncoder,
  dim: number,
  { provider, signal, onProgress }: { provider: ProviderChoice; signal: CancelSignal; onProgress: (done: number, total: number) => void },
): Promise<Canary | undefined> {
  const pairs = await drawPairs();
  if (pairs.length === 0) return undefined;
  const [images, texts] = [zeroRows(pairs.length, dim), zeroRows(pairs.length, dim)];
  let rows = 0;
  for (const [at, { picture, caption }] of pairs.entries()) {
    signal.throwIfAborted();
    // The sample has pictures that are damaged on purpose.
    const image = await queries.encode({ kind: "image", path: picture }, provider).catch(() => undefined);
    if (image !== undefined) {
      images.values.set(image, rows * dim);
      texts.values.set(await queries.encode({ kind: "text", text: caption }, provider), rows * dim);
      rows += 1;
    }
    onProgress(at + 1, pairs.length);
  }
  return { images: rowsBetween(images, 0, rows), texts: rowsBetween(texts, 0, rows) };
}

/** The same by an encoder that is opened for it alone. */
export async function readCanary(env: Env, encoder: Encoder, watch: Parameters<typeof encodeCanary>[2]): Promise<Canary | undefined> {
  const queries = createQueryEncoder(env, encoder);
  try {
    return await encodeCanary(queries, encoder.descriptor.dim, watch);
  } finally {
    await queries.close();
  }
}

/** Copies the same pictures into a run's folder, for that may go to another machine, with a list of them like that of the pairs; nothing where the sample isn't there. */
export async function writeCanary(folder: string): Promise<void> {
  const pairs = await drawPairs();
  if (pairs.length === 0) return;
  await mkdir(join(folder, canaryFolder), { recursive: true });
  const lines = pairs.map(({ picture, caption }, at) => {
    const image = `${canaryFolder}/${at}${extname(picture)}`;
    return { image, captions: [caption], class: at };
  });
  await Promise.all(pairs.map(({ picture }, at) => copyFile(picture, join(folder, lines[at]!.image))));
  await writeAtomically(join(folder, fullFiles.canary), lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
}

/** Below the run's folder. */
const canaryFolder = "canary";

async function drawPairs(): Promise<readonly { readonly picture: string; readonly caption: string }[]> {
  const sample = sampleFolder();
  if (sample === undefined) return [];
  const names = await readdir(sample, { recursive: true });
  const pictures = names.filter((name) => pictureEndings.has(extname(name)) && !name.startsWith(".")).sort();
  const found = await Promise.all(
    drawDistinct(createRandom(canarySeed), 2 * canaryPairs, pictures.length).map(async (at) => {
      const picture = join(sample, pictures[at]!);
      const text = await readFile(picture.slice(0, -extname(picture).length) + ".txt", "utf8").catch(() => "");
      return { picture, caption: text.split("\n", 1)[0]!.trim() };
    }),
  );
  const byCaption = new Map(found.filter(({ caption }) => caption !== "").map((pair) => [pair.caption, pair]));
  return [...byCaption.values()].slice(0, canaryPairs);
}

/** Looks upwards for `media/sample`: this file lies at another depth in the sources than in the bundle. */
function sampleFolder(): string | undefined {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, "media", "sample"))) {
    if (dirname(folder) === folder) return undefined;
    folder = dirname(folder);
  }
  return join(folder, "media", "sample");
}
