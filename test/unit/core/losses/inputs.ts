import type { Block, BlockName, Loss, LossInputs, Targets } from "../../../../src/core/losses/loss.ts";
import { createRandom } from "../../../../src/core/random.ts";

/** What a made-up batch is made of; `order` puts its pairs into another order. */
export interface Making {
  readonly seed: number;
  readonly images: number;
  readonly temperature?: number;
  readonly order?: readonly number[];
}

const dim = 4;
const captionsEach = 3;
const prototypes = 4;
const queued = 7;
const extrasEach = 2;

/** A block of rows, in float64. */
export function blockFrom(rows: readonly (readonly number[])[]): Block {
  return { rows: rows.length, columns: rows[0]?.length ?? 0, values: Float64Array.from(rows.flat()) };
}

type Vectors = readonly (readonly number[])[];

/** Inputs for a loss from seeded unit vectors in float64: blocks are their products, so that they are what cosines can be. */
export function made(loss: Loss, { seed, images, temperature = 0.2, order }: Making): LossInputs {
  const random = createRandom(seed);
  const draw = (count: number): Vectors => Array.from({ length: count }, () => unit(Array.from({ length: dim }, () => random() * 2 - 1)));
  const each = loss.captions === "all" ? captionsEach : 1;
  const places = order ?? Array.from({ length: images }, (_, i) => i);
  const inOrder = <Item>(items: readonly Item[], count = 1): Item[] =>
    places.flatMap((place) => items.slice(place * count, (place + 1) * count));
  const [allImages, allTexts, allExtras] = [draw(images), draw(images * each), draw(images * extrasEach)];
  const [image, text, extra] = [inOrder(allImages), inOrder(allTexts, each), inOrder(allExtras, extrasEach)];
  const [centroid, queue] = [draw(prototypes), draw(queued)];
  const teacher = { image: inOrder(draw(images)), text: inOrder(draw(images)) };
  const [referenceImage, referenceText, firstImage, firstText] = [draw(3), draw(5), draw(3), draw(5)];
  const all: Record<BlockName, Block> = {
    imageText: cosines(image, text),
    imageImage: cosines(image, image),
    textText: cosines(text, text),
    imageExtra: cosines(image, extra),
    imagePrototypes: cosines(image, centroid),
    textPrototypes: cosines(text, centroid),
    imageQueue: cosines(image, queue),
    textQueue: cosines(text, queue),
    reference: cosines(referenceImage, referenceText),
  };
  // Two images share a group where each has but one caption.
  const group = (i: number): number => (each === 1 && i === 1 ? 0 : i);
  const targets: Targets = {
    imageGroups: Int32Array.from(places, group),
    textGroups: Int32Array.from(
      inOrder(
        Array.from({ length: images * each }, (_, i) => group(Math.floor(i / each))),
        each,
      ),
    ),
    imageIds: Int32Array.from(places, (i) => 2 * i),
    textIds: Int32Array.from(places, (i) => 2 * i + 1),
    owners: Int32Array.from({ length: images * extrasEach }, (_, i) => Math.floor(i / extrasEach)),
    imageClusters: Int32Array.from(places, (i) => i % prototypes),
    textClusters: Int32Array.from(places, (i) => (i * 3) % prototypes),
    labels: Uint8Array.from(places.flatMap((i) => Array.from({ length: prototypes }, (_, k) => Number((i + k) % 3 === 0)))),
    weights: Float64Array.from(places, (i) => 1 / (i + 1)),
    teacher: cosines(teacher.image, teacher.text),
    teacherImages: cosines(teacher.image, teacher.image),
    teacherReference: cosines(firstImage, firstText),
    textFeatures: blockFrom(text),
    seed,
  };
  return {
    blocks: Object.fromEntries(loss.blocks.map((name) => [name, all[name]])),
    targets: Object.fromEntries(loss.needs.map((name) => [name, targets[name]])),
    temperature,
    bias: -0.4,
    state: loss.start({ images: 2 * images, texts: 2 * images + 1, dim }, { first: temperature }),
    ...(loss.id === "iSogClr" && { options: { average: 1 } }),
  };
}

function cosines(a: Vectors, b: Vectors): Block {
  return blockFrom(a.map((row) => b.map((other) => row.reduce((sum, value, at) => sum + value * other[at]!, 0))));
}

function unit(vector: readonly number[]): readonly number[] {
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}
