import type { EncoderId } from "../encoder.ts";

/**
 * How close our vectors come to a reference's, by the worst cosine of all: `exact` from 0.9999, which is about what the reference's own two image
 * back-ends reach between themselves, `usable` from 0.999.
 */
export type ParityGrade = "exact" | "usable" | "failed";

/** What our vectors were compared with: the Python libraries, a folder of vectors made elsewhere, or another encoder of Winnow (the same model's fp32, say). */
export interface ParityReference {
  readonly kind: "python" | "folder" | "encoder";
  /** The model as the reference loads it, or the id of the other encoder. */
  readonly name: string;
  /** Versions of the libraries that made it, by name. */
  readonly versions: Readonly<Record<string, string>>;
}

/**
 * Cosines of one case. `unknown` counts pictures or texts of which we or the reference have no vector; `min` and `mean` are over the others, null
 * where there are none.
 */
export interface CaseParity {
  readonly id: string;
  readonly modality: "image" | "text";
  readonly count: number;
  readonly unknown: number;
  readonly min: number | null;
  readonly mean: number | null;
}

/** What an encoder's comparison with a reference gave. `provider` is where ours ran, `date` ISO 8601. */
export interface Certificate {
  readonly schema: 1;
  readonly encoder: EncoderId;
  readonly provider: string;
  readonly reference: ParityReference;
  readonly cases: readonly CaseParity[];
  readonly grade: ParityGrade;
  readonly date: string;
}

/** The least worst cosine of each grade. */
export const parityLimits = { exact: 0.9999, usable: 0.999 } as const;

/** The grade of all cases together: the worst cosine decides, and a vector that one side does not have is a failure. */
export function gradeOf(cases: readonly CaseParity[]): ParityGrade {
  const worst = worstCosine(cases);
  if (worst === null || worst < parityLimits.usable) return "failed";
  return worst >= parityLimits.exact ? "exact" : "usable";
}

/** The worst cosine of all cases; null where there are none, or one side has no vector of something. */
export function worstCosine(cases: readonly CaseParity[]): number | null {
  if (cases.length === 0 || cases.some(({ unknown, min }) => unknown > 0 || min === null)) return null;
  return Math.min(...cases.map(({ min }) => min!));
}

/**
 * Which of two certificates of one encoder stands: one against an outside reference before one against another encoder of ours, which may share its faults; of
 * the same kind the newer.
 */
export function standingCertificate(older: Certificate | undefined, newer: Certificate): Certificate {
  const isOutside = ({ reference }: Certificate): boolean => reference.kind !== "encoder";
  return older !== undefined && isOutside(older) && !isOutside(newer) ? older : newer;
}
