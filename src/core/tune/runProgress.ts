/** How far a run is: whole epochs, and steps where those are counted. Null is unknown. */
export interface RunProgress {
  readonly epoch: number | null;
  readonly epochs: number | null;
  readonly step: number | null;
  readonly steps: number | null;
}

/** How far a run is, in words: `epoch 2 of 20`, or `epoch 0 of 3, step 120 of 900`. */
export function formatRunProgress({ epoch, epochs, step, steps }: RunProgress): string {
  const of = (most: number | null): string => (most === null ? "" : ` of ${most.toLocaleString("en")}`);
  const told = steps === null ? "" : `, step ${(step ?? 0).toLocaleString("en")}${of(steps)}`;
  return `epoch ${(epoch ?? 0).toLocaleString("en")}${of(epochs)}${told}`;
}
