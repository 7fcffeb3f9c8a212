/** More concepts than this are no overview any more. */
const mostConcepts = 512;

/**
 * How many concept clusters to look for in `samples` samples where nobody said: √(n / 2), the rule of thumb of Mardia, Kent and Bibby
 * (Multivariate Analysis, 1979), at least 1 and at most 512. 300 samples make 12, 10⁴ make 71, 10⁵ make 224.
 */
export function conceptCount(samples: number): number {
  return Math.max(1, Math.min(mostConcepts, Math.round(Math.sqrt(samples / 2))));
}
