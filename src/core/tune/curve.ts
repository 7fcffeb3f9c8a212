/** A run after `epoch` epochs, 0 before the first: the loss, and recall as a share; null is unknown. One by which the run ended, for it forgot what the encoder knew, is never the best. */
export interface CurvePoint {
  readonly epoch: number;
  readonly loss: number | null;
  readonly recall: number | null;
  readonly isForgotten?: boolean;
}

/** How a curve stands: where it began, where it was best, and how many epochs there are. Null is unknown. */
export interface CurveSummary {
  readonly before: number | null;
  readonly best: { readonly epoch: number; readonly recall: number } | null;
  readonly epochs: number;
}

/** Sums a curve up; of equal recalls the earlier is the best. */
export function summarizeCurve(points: readonly CurvePoint[]): CurveSummary {
  const known = points.flatMap(({ epoch, recall, isForgotten = false }) => (recall === null || isForgotten ? [] : [{ epoch, recall }]));
  const [first, ...others] = known;
  const best = first === undefined ? null : others.reduce((most, point) => (point.recall > most.recall ? point : most), first);
  const before = points.find(({ epoch }) => epoch === 0)?.recall ?? null;
  return { before, best, epochs: points.reduce((most, { epoch }) => Math.max(most, epoch), 0) };
}

const blocks = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];

/** Numbers as a row of blocks, the lowest and the highest among them as the ends; a gap where one is unknown. More than `most` are thinned evenly. */
export function formatSparkline(values: readonly (number | null)[], most = 60): string {
  const known = values.filter((value) => value !== null);
  if (known.length === 0) return "";
  const [least, greatest] = [Math.min(...known), Math.max(...known)];
  const shown =
    values.length <= most ? values : Array.from({ length: most }, (_, at) => values[Math.round((at * (values.length - 1)) / (most - 1))]!);
  const span = greatest - least;
  return shown
    .map((value) => (value === null ? " " : blocks[span === 0 ? 0 : Math.round(((value - least) / span) * (blocks.length - 1))]!))
    .join("");
}

/** What a person may do after a run, the most telling first; `most` is how many epochs it might have had. */
export function adviseNext({ before, best, epochs }: CurveSummary, most: number | null): readonly string[] {
  if (epochs === 0) return ["No epoch is done yet: resume the run"];
  if (best === null) return ["Nothing is held out, so nothing tells whether it got better: make a validation split, or hold a share out"];
  if (before === null) return ["Its trainer measures no R@1 before the first epoch: the report of a run that is done tells what it was"];
  if (best.epoch === 0 || best.recall <= before)
    return ["No epoch was better than the beginning: take a lower rate or the low-rank head, or look over the pairs first"];
  const use = "Use the tuned encoder and analyse again: what it now scores low is the next to look over";
  if (best.epoch === most) return [use, "It was best in its last epoch: more epochs may bring more"];
  if (best.epoch <= epochs / 2)
    return [use, `After epoch ${best.epoch} it learned by heart: more pairs, a lower rate or a smaller head may bring more`];
  return [use];
}
