/** What a run has brought: R@1 on what is held out, a share before and at its best: `R@1 12.0 → 19.5 %`, `R@1 19.5 % at best` where its trainer measures none before; nothing where none is known. */
export function formatGain({
  recallBefore,
  recallBest,
}: {
  readonly recallBefore: number | null;
  readonly recallBest: number | null;
}): string {
  if (recallBest === null) return "";
  const best = `${(100 * recallBest).toFixed(1)} %`;
  return recallBefore === null ? `R@1 ${best} at best` : `R@1 ${(100 * recallBefore).toFixed(1)} → ${best}`;
}
