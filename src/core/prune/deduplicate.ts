import type { Group, GroupKind } from "../group.ts";
import type { Steps } from "../steps.ts";
import { stepLength } from "../steps.ts";
import { textOption, type Options } from "./options.ts";
import { signalColumn, type CaptionMove, type DecideInput, type Policy, type Situation } from "./policy.ts";
import { codes, isSampleCandidate, pairsOfRow, sampleCode } from "./standing.ts";

const kinds = ["duplicate", "pixelDuplicate", "nearDuplicate"] as const satisfies readonly GroupKind[];

const phrases: Readonly<Record<(typeof kinds)[number], string>> = {
  duplicate: "same bytes as",
  pixelDuplicate: "same pixels as",
  nearDuplicate: "near-duplicate of",
};

/**
 * Keeps one sample of each group of duplicates and drops the others as samples. A member that can't be dropped (evaluation split, a person's word) is the keeper before all
 * others; else the group's first member, or the best by a signal, ties by the order in the group. What earlier rules dropped plays no part.
 * Members of a group that is marked for review go to review. Captions that the keeper lacks are offered as moves.
 */
export const deduplicate: Policy = {
  id: "deduplicate",
  summary: "keeps one of each group of duplicates",
  options: {
    of: {
      kind: "choice",
      about: "which duplicates: the same bytes, the same pixels too, or near-duplicates too",
      choices: [...kinds],
      otherwise: "nearDuplicate",
    },
    best: {
      kind: "signal",
      about: "keep the best by this signal instead of the group's first (for a signal of pairs the best of its captions)",
    },
    mergeCaptions: { kind: "flag", about: "give the captions of the dropped to the keeper where it lacks them", otherwise: false },
  },
  judge: function* (situation, options) {
    const { input } = situation;
    const widest = kinds.findIndex((kind) => kind === options["of"]);
    const found: Surplus[] = [];
    const gone = new Uint8Array(input.samples.length);
    for (const kind of kinds.slice(0, widest + 1)) yield* findSurplus(situation, { kind, options, gone, found });
    const moves = yield* offerMoves(situation, found);
    return {
      unit: "sample",
      index: Uint32Array.from(found, ({ row }) => row),
      decision: Uint8Array.from(found, ({ group }) => (group.review === undefined ? codes.drop : codes.review)),
      reasonOf: (finding) => {
        const { kind, group, keeper } = found[finding]!;
        const seen = group.seenBy === undefined || group.seenBy.length === 0 ? "" : ` (seen by ${group.seenBy.join(" and ")})`;
        const copy = `${phrases[kind]} ${input.samples[keeper]?.id ?? ""}${seen}`;
        return group.review === undefined ? copy : `${copy}, but ${group.review}`;
      },
      moves,
    };
  },
};

/** A sample that a group of duplicates has too many. */
interface Surplus {
  readonly kind: (typeof kinds)[number];
  readonly group: Group;
  readonly row: number;
  readonly keeper: number;
}

function* findSurplus(
  situation: Situation,
  { kind, options, gone, found }: { kind: Surplus["kind"]; options: Options; gone: Uint8Array; found: Surplus[] },
): Steps<void> {
  const { input, standing } = situation;
  let seen = 0;
  for (const group of input.groups) {
    if (group.kind !== kind) continue;
    if ((seen += group.members.length) > stepLength >> 4) {
      seen = 0;
      yield;
    }
    const present = group.members.map(({ row }) => row).filter((row) => gone[row] === 0 && sampleCode(standing, row) !== codes.drop);
    const keeper = chooseKeeper(situation, present, options);
    if (keeper === undefined) continue;
    for (const row of present) {
      if (row === keeper || !isSampleCandidate(standing, row)) continue;
      gone[row] = 1;
      found.push({ kind, group, row, keeper });
    }
  }
}

function chooseKeeper({ input, standing }: Situation, present: readonly number[], options: Options): number | undefined {
  const fixed = present.find((row) => !isSampleCandidate(standing, row));
  if (fixed !== undefined) return fixed;
  const best = textOption(options, "best");
  if (best === undefined) return present[0];
  const value = sampleValues(input, best, (row) => pairsOfRow(standing, row));
  return present.reduce<number | undefined>(
    (keeper, row) => (keeper === undefined || value(row) > value(keeper) ? row : keeper),
    undefined,
  );
}

/** A sample's value, greater is better; unknown is worse than any. */
function sampleValues(input: DecideInput, signal: string, pairsOf: (row: number) => Uint32Array): (row: number) => number {
  const { of, values, better } = signalColumn(input, signal);
  const sign = better === "higher" ? 1 : -1;
  return (row) => {
    const candidates = of === "sample" ? [values[row] ?? NaN] : [...pairsOf(row)].map((pair) => values[pair] ?? NaN);
    return candidates.filter((value) => !Number.isNaN(value)).reduce((best, value) => Math.max(best, sign * value), -Infinity);
  };
}

/** The captions of what is dropped that its keeper lacks. */
function* offerMoves(situation: Situation, found: readonly Surplus[]): Steps<CaptionMove[]> {
  const hashesOf = keeperHashes(situation);
  const moves: CaptionMove[] = [];
  for (const [at, { group, row, keeper }] of found.entries()) {
    if (at % (stepLength >> 4) === 0) yield;
    if (group.review === undefined) moves.push(...captionMoves(situation, { row, keeper }, hashesOf));
  }
  return moves;
}

/** The hashes of the captions that a keeper has or was offered already. */
function keeperHashes({ input, standing }: Situation): (row: number) => Set<string> {
  const known = new Map<number, Set<string>>();
  return (row) => {
    let hashes = known.get(row);
    if (hashes === undefined)
      known.set(row, (hashes = new Set([...pairsOfRow(standing, row)].map((pair) => input.pairs.captionHash[pair] ?? ""))));
    return hashes;
  };
}

function captionMoves(
  { input, standing }: Situation,
  { row, keeper }: Pick<Surplus, "row" | "keeper">,
  hashesOf: (row: number) => Set<string>,
): CaptionMove[] {
  const { captionIndex, captionHash } = input.pairs;
  const taken = hashesOf(keeper);
  const moves: CaptionMove[] = [];
  for (const pair of pairsOfRow(standing, row)) {
    const hash = captionHash[pair] ?? "";
    if (standing.pairs.decision[pair]! > codes.keep || taken.has(hash)) continue;
    taken.add(hash);
    moves.push({
      sample: input.samples[row]?.id ?? "",
      captionIndex: captionIndex[pair] ?? 0,
      captionHash: hash,
      to: input.samples[keeper]?.id ?? "",
    });
  }
  return moves;
}
