import type { CutMode } from "./cut.ts";

/** A cut as it was left, with the bounds that a person chose to have. */
export interface KeptCut {
  readonly mode: CutMode;
  readonly min: number | null;
  readonly max: number | null;
}

/** What the view remembers: the signal, how counts are drawn, and the cut of each signal. */
export interface ScoresDetail {
  readonly signal: string | null;
  readonly isLog: boolean;
  readonly cuts: Readonly<Record<string, KeptCut>>;
}

const modes: ReadonlySet<unknown> = new Set<CutMode>(["min", "max", "both"]);

/** Reads what was remembered; what has not its form is left at the beginning. */
export function parseDetail(value: unknown): ScoresDetail {
  const { signal, isLog, cuts } = recordOf(value);
  const read = Object.entries(recordOf(cuts)).flatMap(([name, cut]) => {
    const kept = parseCut(cut);
    return kept === undefined ? [] : [[name, kept] as const];
  });
  return { signal: typeof signal === "string" ? signal : null, isLog: isLog === true, cuts: Object.fromEntries(read) };
}

function parseCut(value: unknown): KeptCut | undefined {
  const { mode, min, max } = recordOf(value);
  if (!modes.has(mode)) return undefined;
  return { mode: mode as CutMode, min: boundOf(min), max: boundOf(max) };
}

function boundOf(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

function recordOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
