/** A value rounded so that it is within a tenth of a step of what it was, with as few digits as that needs; to whole steps of 1 for counts. */
export function roundToStep(value: number, step: number): number {
  if (step >= 1) return Math.round(value);
  const digits = Math.min(12, Math.ceil(-Math.log10(step)));
  return Number(value.toFixed(digits));
}
