/** How far a run is: whole epochs, and steps where those are counted; one that compares counts trainings. Null is unknown. */
export interface RunProgress {
  readonly epoch: number | null;
  readonly epochs: number | null;
  readonly step: number | null;
  readonly steps: number | null;
  readonly comparison: { readonly done: number; readonly total: number } | null;
}

/** How far a run is, in words: `epoch 2 of 20`, `epoch 0 of 3, step 120 of 900`, or `training 1 of 6`. */
export function formatRunProgress({ epoch, epochs, step, steps, comparison }: RunProgress): string {
  if (comparison !== null) return `training ${comparison.done} of ${comparison.total}`;
  const of = (most: number | null): string => (most === null ? "" : ` of ${most.toLocaleString("en")}`);
  const told = steps === null ? "" : `, step ${(step ?? 0).toLocaleString("en")}${of(steps)}`;
  return `epoch ${(epoch ?? 0).toLocaleString("en")}${of(epochs)}${told}`;
}
