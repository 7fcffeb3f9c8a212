/**
 * How busy one side of an encoder was kept. `ms` is wall time from when its first batch was asked for to its last result, without loading the model;
 * `idleShare`, in [0, 1], is the part of it in which the model did not run but waited for input or for its results to be put away; undefined where
 * the clock saw no time pass.
 */
export interface ModelUse {
  readonly batches: number;
  readonly rows: number;
  readonly ms: number;
  readonly idleShare: number | undefined;
}

/** The use of both sides of an encoder; a side that did not run is absent. */
export interface ModelUses {
  readonly image?: ModelUse;
  readonly text?: ModelUse;
}

/** A line about each side that ran: `images: 12 batches, 31.4/s, the model idle 8 % of the time`. */
export function formatModelUses({ image, text }: ModelUses): string[] {
  return [...formatUse("images", image), ...formatUse("texts", text)];
}

function formatUse(noun: string, use: ModelUse | undefined): string[] {
  if (use === undefined) return [];
  const batches = `${use.batches.toLocaleString("en")} ${use.batches === 1 ? "batch" : "batches"}`;
  if (use.idleShare === undefined) return [`${noun}: ${batches}`];
  const rate = ((1000 * use.rows) / use.ms).toFixed(1);
  return [`${noun}: ${batches}, ${rate}/s, the model idle ${Math.round(100 * use.idleShare)} % of the time`];
}
