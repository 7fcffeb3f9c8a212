/** The mean of paired differences with its 95 % interval; of one difference the interval is unknown (NaN). */
export interface PairedInterval {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/** The 97.5 % quantile of Student's distribution for 1, 2, 3 … degrees of freedom. */
const quantiles = [
  12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.306, 2.2622, 2.2281, 2.201, 2.1788, 2.1604, 2.1448, 2.1314, 2.1199, 2.1098,
  2.1009, 2.093, 2.086,
];
/** The normal distribution's. */
const z = 1.959964;

/** The interval of Student (1908) for the mean of differences, which are taken as independent and roughly normal: mean ± t s / √n. */
export function pairedInterval(differences: readonly number[]): PairedInterval {
  const count = differences.length;
  const mean = differences.reduce((sum, difference) => sum + difference, 0) / count;
  const squares = differences.reduce((sum, difference) => sum + (difference - mean) ** 2, 0);
  const reach = count < 2 ? NaN : quantileOf(count - 1) * Math.sqrt(squares / (count - 1) / count);
  return { mean, low: mean - reach, high: mean + reach };
}

/** Behind the table by the expansion of Cornish and Fisher, which is right to 10⁻³ there. */
function quantileOf(freedom: number): number {
  return quantiles[freedom - 1] ?? z + (z ** 3 + z) / (4 * freedom) + (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * freedom ** 2);
}
