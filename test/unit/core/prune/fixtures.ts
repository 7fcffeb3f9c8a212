import type { Group } from "../../../../src/core/group.ts";
import type { DecideInput, SignalColumn } from "../../../../src/core/prune/policy.ts";
import type { Split } from "../../../../src/core/sample.ts";
import type { Verdict } from "../../../../src/core/verdict.ts";

/** A sample for a test: the scores of its captions (undefined is unknown), each caption's hash `hash-<text>`. */
export interface Pictured {
  readonly id: string;
  readonly scores: readonly (number | undefined)[];
  readonly folder?: string;
  readonly split?: Split;
  readonly texts?: readonly string[];
}

/** Columns of a made-up dataset with the signal clipScore. */
export function inputOf(
  pictured: readonly Pictured[],
  rest: { groups?: readonly Group[]; verdicts?: readonly Verdict[]; signals?: Record<string, SignalColumn> } = {},
): DecideInput {
  const row: number[] = [];
  const captionIndex: number[] = [];
  const captionHash: string[] = [];
  const values: number[] = [];
  pictured.forEach(({ id, scores, texts }, at) =>
    scores.forEach((score, index) => {
      row.push(at);
      captionIndex.push(index);
      captionHash.push(`hash-${texts?.[index] ?? `${id}#${index}`}`);
      values.push(score ?? NaN);
    }),
  );
  return {
    samples: pictured.map(({ id, folder = "", split }) => ({ id, folder, ...(split === undefined ? {} : { split }) })),
    pairs: { row: Uint32Array.from(row), captionIndex: Uint32Array.from(captionIndex), captionHash },
    signals: { clipScore: { of: "pair", values: Float32Array.from(values), better: "higher" }, ...rest.signals },
    groups: rest.groups ?? [],
    verdicts: rest.verdicts ?? [],
  };
}

/** A group of rows. */
export function groupOf(kind: Group["kind"], rows: readonly number[], rest: Partial<Group> = {}): Group {
  return { id: `${kind}-${rows.join("-")}`, kind, name: kind, members: rows.map((row) => ({ row })), ...rest };
}
