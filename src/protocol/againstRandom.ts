/**
 * The same training on the kept pairs and on as many drawn from all, seed by seed: R@1 on what is held out, the mean of both directions as a share, at each training's best
 * epoch. `difference` is that of the two with its 95 % interval over seeds; null where one seed gives none.
 */
export interface AgainstRandom {
  readonly pairs: number;
  readonly ofPairs: number;
  readonly curated: readonly number[];
  readonly random: readonly number[];
  readonly difference: { readonly mean: number; readonly low: number | null; readonly high: number | null };
}
