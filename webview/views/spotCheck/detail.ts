import type { SpotLabel } from "../../../src/protocol/spotCheck.ts";

/** A pair that is to be looked at. */
export interface CheckedPair {
  readonly sample: string;
  readonly captionIndex: number;
}

/** A check under way: the pairs in their order, what was said of each, and the one that is looked at. `at` is their number when all are done. */
export interface Check {
  readonly pairs: readonly CheckedPair[];
  readonly labels: readonly (SpotLabel | null)[];
  readonly at: number;
}

/** A label that the engine has not confirmed yet. */
export interface UnsavedLabel extends CheckedPair {
  readonly label: SpotLabel | "clear";
}

/** What the view remembers. Labels that are not saved are part of it: they must outlive the page. */
export interface SpotDetail {
  readonly signal: string | null;
  readonly cut: number | null;
  readonly size: number;
  readonly seed: number;
  readonly check: Check | null;
  readonly unsaved: readonly UnsavedLabel[];
}

/** Sizes that a check may have. */
export const sizes = { least: 4, otherwise: 40, most: 500 } as const;

const labels: ReadonlySet<unknown> = new Set<SpotLabel>(["match", "mismatch", "unsure"]);

/** Reads what was remembered; what has not its form is left at the beginning. */
export function parseDetail(value: unknown): SpotDetail {
  const { signal, cut, size, seed, check, unsaved } = recordOf(value);
  return {
    signal: typeof signal === "string" ? signal : null,
    cut: typeof cut === "number" && Number.isFinite(cut) ? cut : null,
    size: isWhole(size) && size >= sizes.least && size <= sizes.most ? size : sizes.otherwise,
    seed: isWhole(seed) ? seed : 1,
    check: parseCheck(check),
    unsaved: listOf(unsaved).flatMap((entry) => {
      const pair = parsePair(entry);
      const { label } = recordOf(entry);
      return pair !== undefined && (label === "clear" || labels.has(label)) ? [{ ...pair, label: label as UnsavedLabel["label"] }] : [];
    }),
  };
}

/** What is remembered with another cut to check; a check of the cut before ends. */
export function withCut(value: unknown, { signal, cut }: { signal: string; cut: number | null }): SpotDetail {
  const detail = parseDetail(value);
  const isSame = detail.signal === signal && detail.cut === cut;
  return { ...detail, signal, cut, check: isSame ? detail.check : null };
}

function parseCheck(value: unknown): Check | null {
  const { pairs, labels: given, at } = recordOf(value);
  const read = listOf(pairs).map(parsePair);
  if (read.length === 0 || !read.every((pair) => pair !== undefined) || !isWhole(at) || at > read.length) return null;
  const known = listOf(given);
  return { pairs: read, labels: read.map((_, index) => (labels.has(known[index]) ? (known[index] as SpotLabel) : null)), at };
}

function parsePair(value: unknown): CheckedPair | undefined {
  const { sample, captionIndex } = recordOf(value);
  return typeof sample === "string" && isWhole(captionIndex) ? { sample, captionIndex } : undefined;
}

function isWhole(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function recordOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
