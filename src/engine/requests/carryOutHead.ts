import { endings } from "../../core/tune/endings.ts";
import type { Recall } from "../../core/tune/retrieval.ts";
import { openAnalysed } from "./analysedDataset.ts";
import type { RunWatch } from "./carryOutRun.ts";
import { goOnWithHead, type HeadRun } from "./tuneHead.ts";

/** Carries out a run of the head trainer, and prints what a person wants to read in a log. Throws as `goOnWithHead` does. */
export async function carryOutHead(run: Omit<HeadRun, "dataset">, { signal, print }: RunWatch): Promise<void> {
  const dataset = await openAnalysed(run.env, run.job.dataset);
  try {
    const watch = { signal, onProgress: () => undefined, onNotice: print, onMetric: print };
    const { before, after, encoder, end } = await goOnWithHead({ ...run, dataset }, watch);
    print(`R@1 ${percent(before)} before, ${percent(after)} after; the tuned encoder is in ${encoder}`);
    if (endings[end] !== undefined) await run.tell({ message: endings[end] });
  } finally {
    dataset.close();
  }
}

function percent({ imageToText, textToImage }: Recall): string {
  const mean = (imageToText + textToImage) / 2;
  return Number.isNaN(mean) ? "unknown" : `${(100 * mean).toFixed(1)} %`;
}
