import sharp from "sharp";
import { createRandom } from "../../src/core/random.ts";
import { signals } from "../../src/core/signals/signals.ts";
import type { Decision } from "../../src/core/verdict.ts";
import type { Literal, Operator, Where } from "../../src/core/where.ts";
import type { GalleryCaption, GalleryRow } from "../../src/protocol/gallery.ts";

/** A made-up dataset in memory: pairs with scores, some of them wrong, duplicated, dropped. */
export interface MadeUp {
  readonly sampleCount: number;
  readonly captionsPerSample: number;
  readonly score: Float32Array;
  readonly percentile: Float32Array;
  readonly rank: Float32Array;
  readonly verdicts: Map<number, Decision>;
  textOf(pair: number): string;
}

const things = ["cat", "dog", "bicycle", "harbour", "kitchen", "child", "train", "market", "mountain", "guitar"];
const looks = ["red", "small", "old", "sleeping", "wet", "shiny", "striped", "wooden"];
const places = ["on a bench", "in the rain", "under a tree", "beside the road", "at night", "in front of a window"];

/** Makes a dataset up, always the same for the same counts. */
export function makeUp(sampleCount: number, captionsPerSample = 1): MadeUp {
  const count = sampleCount * captionsPerSample;
  const random = createRandom(7);
  const score = Float32Array.from({ length: count }, () => 0.05 + 0.3 * ((random() + random() + random() + random()) / 4));
  const order = Uint32Array.from({ length: count }, (_, pair) => pair).sort((left, right) => score[left]! - score[right]!);
  const percentile = new Float32Array(count);
  order.forEach((pair, place) => (percentile[pair] = (100 * place) / count));
  const rank = percentile.map((value) => 1 + Math.floor(((100 - value) / 100) ** 4 * 200));
  const verdicts = new Map<number, Decision>();
  for (let pair = 0; pair < count; pair += 17) verdicts.set(pair, pair % 2 === 0 ? "drop" : "review");
  return { sampleCount, captionsPerSample, score, percentile, rank, verdicts, textOf };
}

function textOf(pair: number): string {
  const pick = (words: readonly string[], step: number): string => words[Math.floor(pair / step) % words.length]!;
  return `a ${pick(looks, 3)} ${pick(things, 1)} ${pick(places, 5)}`;
}

/** A sample with some of its captions as the gallery wants it. */
export function rowOf(made: MadeUp, sampleRow: number, pairs: readonly number[]): GalleryRow {
  const captions = pairs.map((pair): GalleryCaption => {
    const verdict = made.verdicts.get(pair);
    return {
      pair,
      captionIndex: pair % made.captionsPerSample,
      text: made.textOf(pair),
      signals: signalsOf(made, pair),
      verdict: verdict ?? "keep",
      actor: verdict === undefined ? null : "person",
      reason: verdict === undefined ? null : "made up",
    };
  });
  const isDropped = captions.length > 0 && captions.every(({ verdict }) => verdict === "drop");
  return {
    sample: `pictures/${String(sampleRow).padStart(7, "0")}.jpg`,
    sampleRow,
    width: 320 + (sampleRow % 5) * 80,
    height: 320 + (sampleRow % 3) * 120,
    split: sampleRow % 20 === 0 ? "test" : "train",
    verdict: isDropped ? "drop" : "keep",
    captions,
    problems: sampleRow % 50 === 3 ? ["exifOrientation"] : [],
    similarity: null,
  };
}

/** The signals of a pair. */
export function signalsOf(made: MadeUp, pair: number): Record<string, number | boolean | null> {
  return {
    clipScore: made.score[pair]!,
    clipScorePercentile: made.percentile[pair]!,
    captionRank: made.rank[pair]!,
    captionTokens: 8 + (pair % 9),
    truncated: pair % 40 === 0,
  };
}

/** Whether a pair fits a filter; fields that the made-up dataset lacks fit nothing. */
export function fits(made: MadeUp, pair: number, where: Where): boolean {
  switch (where.kind) {
    case "and":
      return where.parts.every((part) => fits(made, pair, part));
    case "or":
      return where.parts.some((part) => fits(made, pair, part));
    case "not":
      return !fits(made, pair, where.part);
    case "unknown":
      return valueOf(made, pair, where.field) === null;
    case "in":
      return where.values.includes(valueOf(made, pair, where.field) ?? "");
    case "compare": {
      if (where.field === "set") return true; // whatever was selected
      const value = valueOf(made, pair, where.field);
      if (value === null) return false;
      if (where.operator === "~") return String(value).toLowerCase().includes(String(where.value).toLowerCase());
      return compareValues(value, where.operator, where.value);
    }
  }
}

function compareValues(left: Literal, operator: Exclude<Operator, "~">, right: Literal): boolean {
  switch (operator) {
    case "=":
      return left === right;
    case "!=":
      return left !== right;
    case "<":
      return left < right;
    case "<=":
      return left <= right;
    case ">":
      return left > right;
    case ">=":
      return left >= right;
    case "^=":
      return String(left).startsWith(String(right));
  }
}

/** A field's value of a pair; null where it is unknown. */
export function valueOf(made: MadeUp, pair: number, field: string): number | string | boolean | null {
  if (field === "verdict") return made.verdicts.get(pair) ?? "keep";
  if (field === "caption") return made.textOf(pair);
  return signalsOf(made, pair)[field] ?? null;
}

/** The signals that the made-up dataset has. */
export const madeUpSignals = signals.filter(({ id }) =>
  ["clipScore", "clipScorePercentile", "captionRank", "captionTokens", "truncated"].includes(id),
);

const drawn = new Map<number, Promise<Buffer>>();

/** A small picture for a sample: a coloured ground with a shape, one of 40. */
export function drawPicture(sampleRow: number, side: number): Promise<Buffer> {
  const kind = (sampleRow * 7919) % 40;
  const known = drawn.get(kind * 1000 + side);
  if (known !== undefined) return known;
  const hue = kind * 9;
  const width = side;
  const height = Math.round(side * [1, 0.75, 1.2][kind % 3]!);
  const shape = `<circle cx="${width / 2}" cy="${height / 2}" r="${side / (3 + (kind % 3))}" fill="hsl(${(hue + 150) % 360} 60% 70%)"/>`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><rect width="100%" height="100%" fill="hsl(${hue} 45% 35%)"/>${shape}</svg>`;
  const picture = sharp(Buffer.from(svg)).resize(side, side, { fit: "inside" }).webp({ quality: 70 }).toBuffer();
  drawn.set(kind * 1000 + side, picture);
  return picture;
}
