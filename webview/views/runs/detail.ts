import type { ListedTuneRun } from "../../../src/protocol/tuneRuns.ts";

/** What of the view survives a reload: the runs that a person took out of the charts, or put into them. */
export interface RunsDetail {
  readonly hidden: readonly string[];
  readonly drawn: readonly string[];
}

/** So many of the latest runs are drawn where nobody says otherwise: more lines are hard to tell apart. */
const drawnAtFirst = 4;

/** Reads a remembered part; what has not its form is left at the beginning. */
export function parseDetail(value: unknown): RunsDetail {
  const { hidden, drawn } = (typeof value === "object" && value !== null ? value : {}) as Record<string, unknown>;
  return { hidden: textsOf(hidden), drawn: textsOf(drawn) };
}

/** Whether a run is drawn; `place` counts from the newest. */
export function isDrawn({ hidden, drawn }: RunsDetail, { id }: ListedTuneRun, place: number): boolean {
  return !hidden.includes(id) && (place < drawnAtFirst || drawn.includes(id));
}

/** The same with a run drawn, or not. */
export function withDrawn({ hidden, drawn }: RunsDetail, run: string, isOn: boolean): RunsDetail {
  const without = (ids: readonly string[]): readonly string[] => ids.filter((id) => id !== run);
  return isOn ? { hidden: without(hidden), drawn: [...without(drawn), run] } : { hidden: [...without(hidden), run], drawn: without(drawn) };
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((each): each is string => typeof each === "string") : [];
}
