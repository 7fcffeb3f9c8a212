/** A rate over a run: it rises evenly over the first steps and falls as half a cosine to 0 at the end. */
export interface Schedule {
  readonly rate: number;
  readonly warmupSteps: number;
  readonly steps: number;
}

/** The rate of step 0, 1, 2 …; the first is not 0, and neither is the last. */
export function rateAt({ rate, warmupSteps, steps }: Schedule, step: number): number {
  if (step < warmupSteps) return (rate * (step + 1)) / (warmupSteps + 1);
  const share = (step - warmupSteps) / Math.max(1, steps - warmupSteps);
  return (rate * (1 + Math.cos(Math.PI * Math.min(1, share)))) / 2;
}
