import type { Group } from "../group.ts";
import type { Actor, Decision } from "../verdict.ts";
import type { Decided } from "./decide.ts";
import type { CaptionMove, DecideSample } from "./policy.ts";
import { pairDecision, pairsOfRow, sampleDecision } from "./standing.ts";

/** One thing that is not kept: a pair, or a whole sample (`captionIndex` null). */
export interface Judged {
  readonly sample: string;
  readonly captionIndex: number | null;
  readonly actor: Actor;
  readonly reason: string;
}

/** What a decision would do, before anything is written. */
export interface DryRun {
  /** Samples and captions that are plainly kept; what is in review is counted in neither. */
  readonly kept: { readonly samples: number; readonly captions: number };
  /** Pairs dropped one by one, and samples dropped as a whole; in the order of the dataset. */
  readonly dropped: readonly Judged[];
  readonly review: readonly Judged[];
  /** Of the evaluation split: no rule judged them. */
  readonly frozen: { readonly samples: number; readonly captions: number };
  /** Samples that go because each of their pairs was dropped by itself. */
  readonly imagesWithNoCaptionLeft: readonly string[];
  /** Concept groups and folders of which no sample is left, kept or in review. */
  readonly conceptsThatVanish: readonly { readonly id: string; readonly name: string }[];
  readonly foldersThatVanish: readonly string[];
  readonly captionsToMove: readonly CaptionMove[];
}

/** Sums up a decision. */
export function dryRunOf({ input, standing, offered }: Decided): DryRun {
  const decisions = input.samples.map((_, row) => sampleDecision(standing, row));
  const pairs = Array.from(input.pairs.row, (_, pair) => pairDecision(standing, pair));
  const frozenCaptions = input.pairs.row.reduce((count, row) => count + (standing.frozen[row] ?? 0), 0);
  const imagesWithNoCaptionLeft: string[] = [];
  input.samples.forEach(({ id }, row) => {
    if (decisions[row] === "drop" && standing.samples[row]?.decision !== "drop") imagesWithNoCaptionLeft.push(id);
  });
  return {
    kept: {
      samples: decisions.filter((decision) => decision === "keep").length,
      captions: pairs.filter((decision) => decision === "keep").length,
    },
    dropped: listJudged({ input, standing }, "drop"),
    review: listJudged({ input, standing }, "review"),
    frozen: { samples: standing.frozen.reduce((count, flag) => count + flag, 0), captions: frozenCaptions },
    imagesWithNoCaptionLeft,
    conceptsThatVanish: vanishedConcepts(input.groups, decisions),
    foldersThatVanish: vanishedFolders(input.samples, decisions),
    captionsToMove: offered,
  };
}

/** Everything that a decision drops (or puts in review); a sample that was judged as a whole is one line. */
export function listJudged({ input, standing }: Pick<Decided, "input" | "standing">, decision: Exclude<Decision, "keep">): Judged[] {
  const judged: Judged[] = [];
  input.samples.forEach(({ id }, row) => {
    const own = standing.samples[row];
    if (own?.decision === decision && sampleDecision(standing, row) === decision) {
      judged.push({ sample: id, captionIndex: null, actor: own.actor, reason: own.reason });
      return;
    }
    for (const pair of pairsOfRow(standing, row)) {
      const standpoint = standing.pairs[pair];
      if (standpoint?.decision !== decision) continue;
      judged.push({ sample: id, captionIndex: input.pairs.captionIndex[pair] ?? 0, actor: standpoint.actor, reason: standpoint.reason });
    }
  });
  return judged;
}

function vanishedConcepts(groups: readonly Group[], decisions: readonly Decision[]): { id: string; name: string }[] {
  return groups
    .filter(({ kind, members }) => kind === "concept" && members.length > 0 && members.every(({ row }) => decisions[row] === "drop"))
    .map(({ id, name }) => ({ id, name }));
}

function vanishedFolders(samples: readonly DecideSample[], decisions: readonly Decision[]): string[] {
  const left = new Map<string, boolean>();
  samples.forEach(({ folder }, row) => left.set(folder, (left.get(folder) ?? false) || decisions[row] !== "drop"));
  return [...left].filter(([, stays]) => !stays).map(([folder]) => folder);
}
