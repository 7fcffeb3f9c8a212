import type { Group, GroupKind } from "../group.ts";
import { textOption, type Options } from "./options.ts";
import { signalColumn, type CaptionMove, type DecideInput, type Finding, type Policy, type Situation } from "./policy.ts";
import { isSampleCandidate, pairDecision, pairsOfRow, sampleDecision } from "./standing.ts";

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
  judge: (situation, options) => {
    const widest = kinds.findIndex((kind) => kind === options["of"]);
    const gone = new Set<number>();
    const findings: Finding[] = [];
    const moves: CaptionMove[] = [];
    const hashesOf = keeperHashes(situation);
    for (const kind of kinds.slice(0, widest + 1)) {
      for (const group of situation.input.groups) {
        if (group.kind !== kind) continue;
        const present = group.members
          .map(({ row }) => row)
          .filter((row) => !gone.has(row) && sampleDecision(situation.standing, row) !== "drop");
        const keeper = chooseKeeper(situation, present, options);
        if (keeper === undefined) continue;
        for (const row of present) {
          if (row === keeper || !isSampleCandidate(situation.standing, row)) continue;
          gone.add(row);
          findings.push(findingOf(group, phrases[kind], row, situation.input.samples[keeper]?.id ?? ""));
          if (group.review === undefined) moves.push(...captionMoves(situation, row, keeper, hashesOf));
        }
      }
    }
    return { findings, moves };
  },
};

function findingOf(group: Group, phrase: string, row: number, keeper: string): Finding {
  if (group.review !== undefined) return { kind: "sample", row, decision: "review", reason: `${phrase} ${keeper}, but ${group.review}` };
  return { kind: "sample", row, decision: "drop", reason: `${phrase} ${keeper}` };
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

function captionMoves({ input, standing }: Situation, row: number, keeper: number, hashesOf: (row: number) => Set<string>): CaptionMove[] {
  const { captionIndex, captionHash } = input.pairs;
  const taken = hashesOf(keeper);
  const moves: CaptionMove[] = [];
  for (const pair of pairsOfRow(standing, row)) {
    const hash = captionHash[pair] ?? "";
    if (pairDecision(standing, pair) !== "keep" || taken.has(hash)) continue;
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
