import { describe, expect, it } from "vitest";
import { createPlainGemm } from "../../../../src/core/neighbours/plainGemm.ts";
import { normaliseCaption } from "../../../../src/core/clusters/sameCaption.ts";
import { findConfusables } from "../../../../src/core/negatives/confusable.ts";
import type { MatchColumns } from "../../../../src/core/negatives/eligible.ts";
import { bestPairs, isEligible, suspectedMismatches } from "../../../../src/core/negatives/eligible.ts";
import { computeClipScore } from "../../../../src/core/signals/clipScore.ts";
import { computeRanks } from "../../../../src/core/signals/ranks.ts";
import type { MadeDataset } from "../signals/madeDataset.ts";
import { dim, madeDataset, reordered } from "../signals/madeDataset.ts";

const gemm = createPlainGemm();

interface FindOptions {
  readonly block?: number;
  readonly marginSigma?: number;
  readonly falseNegatives?: readonly (readonly [number, number])[];
  readonly hardNegatives?: readonly (readonly [number, number])[];
}

async function find(made: MadeDataset, { falseNegatives = [], hardNegatives = [], ...options }: FindOptions = {}) {
  const clipScore = await computeClipScore(made);
  const columns = { clipScore, ...(await computeRanks({ ...made, clipScore, gemm })) };
  const input = { ...made, columns, marginSigma: options.marginSigma ?? 0.5, seed: 1, gemm, falseNegatives, hardNegatives };
  return { ...(await findConfusables(input, options)), columns };
}

const cosine = (made: MadeDataset, image: number, text: number) =>
  made.imageValues.subarray(image * dim, (image + 1) * dim).reduce((sum, value, at) => sum + value * made.textValues[text * dim + at]!, 0);

/** The definition, edge by edge, over all entrants; `falseNegatives` are pairs that a person said to be such. */
function bruteForce(
  made: MadeDataset,
  columns: MatchColumns,
  { margin, falseNegatives = [] }: { margin: number } & Pick<FindOptions, "falseNegatives">,
): string[] {
  const { pairs, ids } = made;
  const entrants = [...bestPairs(pairs, columns.clipScore, ids.length)].filter((pair) => pair >= 0 && isEligible(columns, pair));
  entrants.sort((a, b) => (ids[pairs.image[a]!]! < ids[pairs.image[b]!]! ? -1 : 1));
  const s = (p: number, q: number) => cosine(made, pairs.image[p]!, pairs.text[q]!);
  const e = (p: number, q: number) => Math.min(s(p, q) - s(p, p), s(q, p) - s(q, q));
  const isSame = (p: number, q: number) =>
    falseNegatives.some((two) => two.includes(p) && two.includes(q)) ||
    made.duplicateOf[pairs.image[p]!] === made.duplicateOf[pairs.image[q]!] ||
    normaliseCaption(made.textOf[pairs.text[p]!]!) === normaliseCaption(made.textOf[pairs.text[q]!]!);
  const top = entrants.map((p) =>
    entrants
      .filter((q) => q !== p && !isSame(p, q) && e(p, q) >= -margin)
      .sort((q, r) => e(p, r) - e(p, q) || entrants.indexOf(q) - entrants.indexOf(r))
      .slice(0, 5),
  );
  const edges = entrants.flatMap((p, at) =>
    top[at]!.filter((q) => entrants.indexOf(q) > at && top[entrants.indexOf(q)]!.includes(p)).map((q) => [p, q, e(p, q)] as const),
  );
  edges.sort((one, other) => other[2] - one[2]);
  let groups = entrants.map((pair) => [pair]);
  for (const [p, q] of edges) {
    const [one, other] = [groups.find((group) => group.includes(p))!, groups.find((group) => group.includes(q))!];
    if (one === other || one.length + other.length > 12) continue;
    groups = [...groups.filter((group) => group !== one && group !== other), [...one, ...other]];
  }
  const named = groups
    .filter((group) => group.length > 1)
    .map((group) => group.map((pair) => `${ids[pairs.image[pair]!]!}:${pairs.captionIndex[pair]!}`));
  return named.map((group) => group.sort().join()).sort();
}

const namesOf = (made: MadeDataset, groups: Awaited<ReturnType<typeof find>>["confusable"]) =>
  groups.map(({ members }) => members.map(({ row, captionIndex }) => `${made.ids[row]!}:${captionIndex!}`).join()).sort();

describe("confusable groups", () => {
  it.each([1, 2, 3])("are what the definition makes (seed %i)", async (seed) => {
    const made = madeDataset({ samples: 120, seed, messy: true, topics: 12, noise: 0.6 });
    const { confusable, columns, marginCosine } = await find(made);
    expect(confusable.length).toBeGreaterThan(3);
    expect(namesOf(made, confusable)).toEqual(bruteForce(made, columns, { margin: marginCosine! }));
  });

  it("don't depend on the size of the blocks", async () => {
    const made = madeDataset({ samples: 90, seed: 4, topics: 12, noise: 0.6 });
    expect((await find(made, { block: 7 })).confusable).toEqual((await find(made)).confusable);
  });

  it("don't depend on the order of the dataset", async () => {
    const made = madeDataset({ samples: 90, seed: 5, topics: 12, noise: 0.6 });
    const other = reordered(made, 8);
    expect(namesOf(other, (await find(other)).confusable)).toEqual(namesOf(made, (await find(made)).confusable));
  });

  it("have at most 12 members, and the image of each member by the caption of each as scores", async () => {
    const made = madeDataset({ samples: 150, seed: 6, topics: 20, noise: 1 });
    const { confusable } = await find(made, { marginSigma: 4 });
    expect(Math.max(...confusable.map(({ members }) => members.length))).toBe(12);
    const { members, scores } = confusable[0]!;
    const pairOf = ({ row, captionIndex }: (typeof members)[number]) =>
      [...made.pairs.image.keys()].find((pair) => made.pairs.image[pair] === row && made.pairs.captionIndex[pair] === captionIndex)!;
    members.forEach((p, i) =>
      members.forEach((q, j) => expect(scores![i]![j]).toBeCloseTo(cosine(made, p.row, made.pairs.text[pairOf(q)]!), 6)),
    );
  });

  it("hold no swapped pair, which are suspected mismatches instead", async () => {
    const made = madeDataset({ samples: 200, seed: 7, topics: 100, noise: 0.25 });
    const text = made.pairs.text.slice();
    // The captions of every fifth image move on to the fifth image after it, which shows another topic.
    const isSwapped = (pair: number) => made.pairs.image[pair]! % 5 === 0;
    const first = (image: number) => made.pairs.image.indexOf(image);
    made.pairs.image.forEach((image, pair) => {
      if (isSwapped(pair)) text[pair] = made.pairs.text[first((image + 5) % 200)]!;
    });
    const swapped = { ...made, pairs: { ...made.pairs, text } };
    const { confusable, columns } = await find(swapped);
    const suspects = new Set(suspectedMismatches(columns));
    expect(confusable.length).toBeGreaterThan(10);
    expect(confusable.flatMap(({ members }) => members).filter(({ row }) => row % 5 === 0)).toEqual([]);
    const found = [...made.pairs.image.keys()].filter((pair) => isSwapped(pair) && suspects.has(pair)).length;
    expect(found / [...made.pairs.image.keys()].filter(isSwapped).length).toBeGreaterThan(0.9);
  });

  it("list duplicates and equal captions as possible false negatives", async () => {
    const made = madeDataset({ samples: 60, seed: 9, topics: 60, noise: 0.1 });
    made.imageValues.copyWithin(dim, 0, dim);
    made.duplicateOf[1] = 0;
    const [one, other] = [made.pairs.text[made.pairs.image.indexOf(0)]!, made.pairs.text[made.pairs.image.indexOf(1)]!];
    made.textValues.copyWithin(other * dim, one * dim, (one + 1) * dim);
    const { falseNegative, confusable } = await find(made);
    expect(falseNegative.map(({ members }) => members.map(({ row }) => row))).toContainEqual([0, 1]);
    expect(confusable.some(({ members }) => [0, 1].every((row) => members.some((member) => member.row === row)))).toBe(false);
  });

  it("are without what a person said to be false negatives, which are listed as such", async () => {
    const made = madeDataset({ samples: 120, seed: 2, messy: true, topics: 12, noise: 0.6 });
    const before = await find(made);
    const pairOf = ({ row, captionIndex }: (typeof before.confusable)[number]["members"][number]) =>
      [...made.pairs.image.keys()].find((pair) => made.pairs.image[pair] === row && made.pairs.captionIndex[pair] === captionIndex)!;
    const falseNegatives = before.confusable.slice(0, 3).flatMap(({ members }) => {
      const pairs = members.map(pairOf);
      return pairs.flatMap((one, at) => pairs.slice(at + 1).map((other) => [one, other] as const));
    });
    const after = await find(made, { falseNegatives });
    expect(namesOf(made, after.confusable)).not.toEqual(namesOf(made, before.confusable));
    expect(namesOf(made, after.confusable)).toEqual(bruteForce(made, before.columns, { margin: before.marginCosine!, falseNegatives }));
    for (const two of falseNegatives)
      expect(after.falseNegative.some(({ members }) => two.every((pair) => members.map(pairOf).includes(pair)))).toBe(true);
  });

  it("hold what a person said to be hard negatives, though far apart, no entrants and too many", async () => {
    const made = madeDataset({ samples: 60, seed: 3, topics: 60, noise: 0.1 });
    const firsts = Array.from({ length: 16 }, (_, at) => made.pairs.image.indexOf(at * 3));
    const hardNegatives = firsts.slice(1).map((pair) => [firsts[0]!, pair] as const);
    const { confusable, falseNegative } = await find(made, { hardNegatives });
    const rows = new Set(firsts.map((pair) => made.pairs.image[pair]!));
    const group = confusable.find(({ members }) => members.length >= 16)!;
    expect([...rows].every((row) => group.members.some((member) => member.row === row))).toBe(true);
    expect(group.scores).toHaveLength(group.members.length);
    expect(falseNegative).toEqual([]);
    const second = made.pairs.captionIndex.indexOf(2);
    const other = made.pairs.image.indexOf((made.pairs.image[second]! + 30) % 60);
    const named = (await find(made, { hardNegatives: [[second, other]] })).confusable.flatMap(({ members }) => members);
    expect(named).toContainEqual({ row: made.pairs.image[second]!, captionIndex: 2 });
  });

  it("are none where there is one pair", async () => {
    const { confusable, marginCosine } = await find(madeDataset({ samples: 1, seed: 1 }));
    expect([confusable, marginCosine]).toEqual([[], undefined]);
  });
});
