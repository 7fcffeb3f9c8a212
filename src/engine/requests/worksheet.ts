import { drawPlaces, type WorksheetCaption, type WorksheetPlace } from "../../core/rewriters/worksheet.ts";
import type { EditScope } from "../../protocol/captionEdits.ts";
import type { TakenWorksheet } from "../../protocol/rewrites.ts";
import type { Env } from "../env.ts";
import { captionHash } from "../store/dotWinnow.ts";
import type { AnalysedDataset } from "./analysedDataset.ts";
import { pairsOfScope } from "./editScope.ts";
import { readRewriteItems } from "./rewriteItems.ts";
import { writeCaptions, type CaptionToWrite } from "./writeCaptions.ts";

/** Which captions a worksheet is drawn from, and how many. */
export interface WorksheetDraw {
  readonly scope: EditScope;
  readonly count: number;
  readonly seed: number;
}

/** Draws captions that a person is to write blind: their places, without any text. The evaluation split is left out. Throws as `pairsOfScope` does. */
export async function drawWorksheet(
  env: Env,
  dataset: AnalysedDataset,
  { scope, count, seed }: WorksheetDraw,
  signal: AbortSignal,
): Promise<WorksheetPlace[]> {
  const items = await readRewriteItems(env, dataset, await pairsOfScope(dataset, scope), signal);
  const open = items.filter(({ isFrozen, place }) => !isFrozen && place.kind !== "fixed");
  return drawPlaces(open, { count, seed }).map(({ sample, captionIndex, text }) => ({
    sample,
    captionIndex,
    captionHash: captionHash(text),
  }));
}

/** Writes captions of a worksheet into their files as one operation, as a person's words. What was changed since the draw is left and told. */
export async function takeWorksheet(
  env: Env,
  dataset: AnalysedDataset,
  captions: readonly WorksheetCaption[],
  signal: AbortSignal,
): Promise<TakenWorksheet> {
  if (dataset.state.readOnly !== undefined) throw new Error(dataset.state.readOnly);
  const all = await readRewriteItems(env, dataset, await pairsOfScope(dataset, { kind: "dataset" }), signal);
  const byPlace = new Map(all.map((item) => [`${item.captionIndex} ${item.sample}`, item]));
  const open: CaptionToWrite[] = [];
  const left: TakenWorksheet["left"][number][] = [];
  for (const { sample, captionIndex, captionHash: hash, caption } of captions) {
    const item = byPlace.get(`${captionIndex} ${sample}`);
    const leave = (reason: string): void => void left.push({ sample, captionIndex, reason });
    if (item === undefined) leave("has no such caption any more");
    else if (item.isFrozen) leave("is of the evaluation split, which is never rewritten");
    else if (captionHash(item.text) !== hash) leave("has another caption than when the worksheet was drawn");
    else open.push({ id: String(captionIndex), item, after: caption });
  }
  const describe = (counts: string): string => `worksheet: ${counts}`;
  const done = await writeCaptions(env, dataset, open, { strategy: "replace", describe, signal });
  left.push(...done.left.map(({ id, sample, reason }) => ({ sample, captionIndex: Number(id), reason })));
  return { operation: done.operation, taken: done.written.length, left };
}
