import { createRandom, drawInteger } from "../random.ts";
import type { Block, LossInputs, LossResult } from "./loss.ts";
import { blockOf, defineLoss, targetOf } from "./loss.ts";
import { addTo, transpose, zerosLike } from "./parts/blocks.ts";
import { softmax } from "./parts/crossEntropy.ts";

/** How many of the hardest are mixed with each other, how many mixtures there are of them, and how many with the own partner. */
interface Settings extends Record<string, number> {
  readonly hardest: number;
  readonly mixed: number;
  readonly withOwn: number;
}

const options: Settings = { hardest: 64, mixed: 16, withOwn: 8 };

/**
 * InfoNCE where each row also competes with made-up columns: h = normalise(a y_j + (1 − a) y_k) of two of its hardest negatives, and of a negative with the row's own partner,
 * which counts less than half. Their cosines follow from those that are there: x·h = (a s_ij + (1 − a) s_ik)/ν with ν² = a² + (1 − a)² + 2a(1 − a) y_j·y_k. The paper mixes the
 * query itself in; across two modalities its partner is what lies on the negatives' side of the gap.
 */
export const hardMixing = defineLoss({
  id: "hardMixing",
  name: "Mixed hard negatives (MoCHi)",
  description: "InfoNCE, and captions mixed of the hardest foreign ones compete, too",
  source: "Kalantidis et al., Hard Negative Mixing for Contrastive Learning, 2020",
  blocks: ["imageText", "imageImage", "textText"],
  needs: ["seed"],
  captions: "one",
  options,
  evaluate: (inputs, settings) => mixBothWays(inputs, settings),
});

function mixBothWays(inputs: LossInputs, settings: Settings): LossResult {
  const [block, images, texts] = [blockOf(inputs, "imageText"), blockOf(inputs, "imageImage"), blockOf(inputs, "textText")];
  const random = createRandom(targetOf(inputs, "seed"));
  const rows = contestRows({ block, among: texts, temperature: inputs.temperature }, settings, random);
  const columns = contestRows({ block: transpose(block), among: images, temperature: inputs.temperature }, settings, random);
  addTo(rows.gradient, transpose(columns.gradient));
  return {
    loss: rows.loss + columns.loss,
    gradients: { imageText: rows.gradient, imageImage: columns.ofAmong, textText: rows.ofAmong },
    temperature: rows.temperature + columns.temperature,
    bias: 0,
    state: inputs.state ?? {},
  };
}

/** Rows against columns, and the columns' cosines among themselves. */
interface Contest {
  readonly block: Block;
  readonly among: Block;
  readonly temperature: number;
}

/** A made-up column: `share` of column `first`, the rest of `second`. */
interface Mixture {
  readonly first: number;
  readonly second: number;
  readonly share: number;
}

/** Half the mean over rows of −s_ii/τ + log Σ exp(s/τ) over columns and mixtures. */
function contestRows({ block, among, temperature }: Contest, settings: Settings, random: () => number) {
  const { rows, columns, values } = block;
  const [gradient, ofAmong] = [zerosLike(block), zerosLike(among)];
  const sums = { loss: 0, temperature: 0 };
  for (let row = 0; row < rows; row += 1) {
    const own = values.subarray(row * columns, (row + 1) * columns);
    const mixtures = drawMixtures({ own, row }, settings, random);
    const mixed = mixtures.map((mixture) => cosineOf(mixture, own, among));
    const cosines = Float64Array.from([...own, ...mixed.map(({ cosine }) => cosine)]);
    const slopes = new Float64Array(cosines.length);
    sums.loss += (softmax(cosines, temperature, slopes) - own[row]! / temperature) / (2 * rows);
    slopes[row]! -= 1;
    const ofRow = gradient.values.subarray(row * columns, (row + 1) * columns);
    slopes.forEach((raw, at) => {
      const slope = raw / temperature / (2 * rows);
      sums.temperature -= (slope * cosines[at]!) / temperature;
      if (at < columns) return void (ofRow[at]! += slope);
      const { first, second, share } = mixtures[at - columns]!;
      const { cosine, length } = mixed[at - columns]!;
      ofRow[first]! += (slope * share) / length;
      ofRow[second]! += (slope * (1 - share)) / length;
      ofAmong.values[first * among.columns + second]! -= (slope * cosine * share * (1 - share)) / length ** 2;
    });
  }
  return { ...sums, gradient, ofAmong };
}

function cosineOf({ first, second, share }: Mixture, own: Block["values"], among: Block): { cosine: number; length: number } {
  const between = among.values[first * among.columns + second]!;
  const length = Math.sqrt(share ** 2 + (1 - share) ** 2 + 2 * share * (1 - share) * between);
  return { cosine: (share * own[first]! + (1 - share) * own[second]!) / length, length };
}

function drawMixtures({ own, row }: { own: Block["values"]; row: number }, settings: Settings, random: () => number): readonly Mixture[] {
  const hardest = Array.from(own.keys())
    .filter((column) => column !== row)
    .sort((a, b) => own[b]! - own[a]! || a - b)
    .slice(0, settings.hardest);
  if (hardest.length === 0) return [];
  const draw = (): number => hardest[drawInteger(random, hardest.length)]!;
  return [
    ...Array.from({ length: settings.mixed }, () => ({ first: draw(), second: draw(), share: random() })),
    ...Array.from({ length: settings.withOwn }, () => ({ first: draw(), second: row, share: 1 - random() / 2 })),
  ];
}
