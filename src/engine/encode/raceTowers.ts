import { createRandom } from "../../core/random.ts";
import { textCases } from "../../core/parity/referenceTexts.ts";
import type { Env } from "../env.ts";
import type { Modality } from "../store/vectors.ts";
import { encoderTokens } from "./encoderTokens.ts";
import { isDual } from "./encoderFolder.ts";
import type { ImageEncoder } from "./encoderFolder.ts";
import { openTower } from "./tower.ts";
import type { Tower } from "./tower.ts";

/** How many pictures or texts a second one side of two encoders encoded in turn on the CPU. */
export interface Race {
  readonly perSecond: number;
  readonly referencePerSecond: number;
}

const batchSize = 16;
const batches = 4;
/** What captions are made of; how fast a text is depends on its length alone. */
const raceTexts = textCases.filter(({ id }) => id === "short" || id === "long").flatMap(({ texts }) => texts);

/** Encodes the same batch, noise or texts, by two encoders of one model in turn, a few times. Rejects where either can't be loaded, and with the signal's reason. */
export async function raceTowers(
  env: Env,
  { encoder, reference }: { readonly encoder: ImageEncoder; readonly reference: ImageEncoder },
  modality: Modality,
  signal: AbortSignal,
): Promise<Race> {
  const tower = await openTower(env, encoder, modality, { provider: "cpu" });
  try {
    const other = await openTower(env, reference, modality, { provider: "cpu" });
    try {
      const embed = prepareBatch(reference, modality);
      const [own, theirs]: [number[], number[]] = [[], []];
      for (let batch = 0; batch < batches; batch += 1) {
        signal.throwIfAborted();
        theirs.push(await timed(env, () => embed(other)));
        own.push(await timed(env, () => embed(tower)));
      }
      return { perSecond: rateOf(own), referencePerSecond: rateOf(theirs) };
    } finally {
      await other.release();
    }
  } finally {
    await tower.release();
  }
}

function prepareBatch(encoder: ImageEncoder, modality: Modality): (tower: Tower) => Promise<Float32Array> {
  if (modality === "text" && isDual(encoder)) {
    const tokens = encoderTokens(
      encoder,
      Array.from({ length: batchSize }, (_, i) => raceTexts[i % raceTexts.length]!),
    );
    return (tower) => tower.embedTokens(tokens);
  }
  const { width, height } = encoder.inputSize;
  const random = createRandom(1);
  const pixels = Float32Array.from({ length: batchSize * 3 * width * height }, () => random() * 4 - 2);
  return (tower) => tower.embedPixels(pixels, batchSize);
}

async function timed(env: Env, embed: () => Promise<Float32Array>): Promise<number> {
  const startedAt = env.now();
  await embed();
  return env.now() - startedAt;
}

/** The fastest batch tells what the machine can do; the first warms up, others may meet other work. */
function rateOf(ms: readonly number[]): number {
  return (batchSize / Math.max(1, Math.min(...ms))) * 1000;
}
