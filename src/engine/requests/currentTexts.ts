import { stat } from "node:fs/promises";
import type { Env } from "../env.ts";
import { eachConcurrently } from "../store/concurrent.ts";
import { locateDataset } from "../store/dotWinnow.ts";
import { hashFile, isMissing } from "../store/fileMoves.ts";
import { hashInTurns } from "../store/hashInTurns.ts";
import { createPause } from "../store/inTurns.ts";
import { absoluteFromPath, readManifest } from "../store/manifest.ts";
import { CaptionError, readCaptionFile, type ReadCaption } from "../write/captionPlans.ts";
import { isContainer, readContainer } from "../write/filePlans.ts";
import type { AnalysedDataset } from "./analysedDataset.ts";
import type { EditItem } from "./editItems.ts";
import { readAside } from "./planAside.ts";

/** Which files are read: all, or those that Winnow changed since the analysis. */
export interface CurrentTexts {
  readonly all: boolean;
  readonly signal: AbortSignal;
}

/** Files that are read at once. */
const concurrency = 4;

/**
 * The captions as they stand in their files now, with the other values of their rows, where a file is read. What something else than Winnow changed since the
 * analysis stays as the analysis knows it, so that it is not overwritten.
 */
export async function readCurrentTexts(
  env: Env,
  dataset: AnalysedDataset,
  items: readonly EditItem[],
  { all, signal }: CurrentTexts,
): Promise<readonly EditItem[]> {
  const left = await readLeftFiles(env, dataset);
  if (!all && left.size === 0) return items;
  const byFile = new Map<string, number[]>();
  for (const [at, { file, place }] of items.entries()) {
    if (place.kind === "fixed" || (!all && !left.has(file))) continue;
    const known = byFile.get(file);
    if (known === undefined) byFile.set(file, [at]);
    else known.push(at);
  }
  const current = [...items];
  await eachConcurrently([...byFile], concurrency, async ([file, positions]) => {
    signal.throwIfAborted();
    const own = positions.map((at) => items[at]!);
    const found = await (isContainer(file)
      ? readContained(env, file, own, { left: left.get(file), withColumns: all })
      : readFileCaptions(env, file, own, left.get(file)));
    for (const [index, at] of positions.entries()) current[at] = asFound(own[index]!, found.captions[index], found.isOurs);
  });
  return current;
}

/** What captions say now, and whether Winnow alone changed their file. */
interface FoundTexts {
  readonly captions: readonly ReadCaption[];
  readonly isOurs: boolean;
}

async function readContained(
  env: Env,
  file: string,
  items: readonly EditItem[],
  { left, withColumns }: { readonly left: string | undefined; readonly withColumns: boolean },
): Promise<FoundTexts> {
  const isOurs = left !== undefined && (await hashFile(env, file)) === left;
  const wanted = items.map(({ place, text }) => ({ place, before: text }));
  const captions = await readContainer(env, { file, path: file }, wanted, withColumns).catch((error: unknown) => {
    env.log("edit.current", `${file} can't be read, and its captions are taken as the analysis knows them: ${String(error)}`);
    return [];
  });
  return { captions, isOurs };
}

/** Files that are read again for a look at what they say now; what is larger is a table, which would be read whole for one caption. */
const mostBytesLookedAt = 1 << 18;

/**
 * What captions say in their files now, whoever changed them since the analysis; undefined where that can't be told or would take long. Captions that are gone say nothing.
 */
export async function readTextsNow(env: Env, items: readonly EditItem[], signal: AbortSignal): Promise<(string | undefined)[]> {
  const byFile = new Map<string, number[]>();
  for (const [at, { file, place }] of items.entries()) if (place.kind !== "fixed") byFile.set(file, [...(byFile.get(file) ?? []), at]);
  const texts: (string | undefined)[] = items.map(() => undefined);
  await eachConcurrently([...byFile], concurrency, async ([file, positions]) => {
    signal.throwIfAborted();
    const found = isContainer(file) ? undefined : await stat(file).catch((error: unknown) => (isMissing(error) ? { size: 0 } : undefined));
    if (found === undefined || found.size > mostBytesLookedAt) return;
    const own = positions.map((at) => items[at]!);
    const { captions } = await readFileCaptions(env, file, own, undefined);
    for (const [index, at] of positions.entries()) texts[at] = captions[index]?.text ?? "";
  });
  return texts;
}

async function readFileCaptions(env: Env, file: string, items: readonly EditItem[], left: string | undefined): Promise<FoundTexts> {
  const bytes = await readCaptionFile(env, file).catch((error: unknown) => {
    if (isMissing(error) || error instanceof CaptionError) return undefined;
    throw error;
  });
  if (bytes === undefined) return { captions: [], isOurs: false };
  const isOurs = left !== undefined && (await hashInTurns([bytes], createPause(env))) === left;
  const wanted = items.map(({ place, text }) => ({ place, before: text }));
  return { captions: await readAside(env, bytes, wanted), isOurs };
}

function asFound(item: EditItem, found: ReadCaption, isOurs: boolean): EditItem {
  if (found === undefined) return item;
  const isKnown = isOurs || (item.parts === undefined ? found.text === item.text : holdsAll(found.text, item.parts));
  return isKnown ? { ...item, text: found.text, context: { ...item.context, columns: found.columns } } : item;
}

/** Whether a caption file still says what the analysis read in it. */
function holdsAll(text: string, parts: readonly EditItem[]): boolean {
  const known = new Set([text, ...text.split("\n").map((line) => line.trim())]);
  return parts.every((part) => known.has(part.text));
}

/** The files that Winnow changed since the analysis, by the SHA-256 with which it left them. */
async function readLeftFiles(env: Env, { root, operations, summary }: AnalysedDataset): Promise<Map<string, string>> {
  const left = new Map<string, string>();
  const later = operations.filter(
    ({ kind, state, time }) =>
      (kind === "caption" || kind === "undo") && state !== "open" && state !== "aborted" && time >= summary.finishedAt,
  );
  if (later.length === 0) return left;
  const place = await locateDataset(env, root);
  for (const { operation } of later) {
    const entries = await readManifest(place, operation).catch((error: unknown) => {
      env.log("edit.current", `the files of ${operation} can't be told: ${String(error)}`);
      return [];
    });
    for (const { path, after } of entries)
      if (after !== null && !path.startsWith(".winnow/")) left.set(absoluteFromPath(place, path), after);
  }
  return left;
}
