import { operations } from "../../core/captions/operations/operations.ts";
import type { Env } from "../env.ts";
import { locateDataset, type DatasetPlace } from "../store/dotWinnow.ts";
import { readBytes } from "../store/files.ts";
import type { Operation } from "../store/ledger.ts";
import { absoluteFromPath, blobPath } from "../store/manifest.ts";
import type { ReadCaption } from "../write/captionPlans.ts";
import type { OriginalCaption } from "../write/exportItems.ts";
import { isContainer, readContainer } from "../write/filePlans.ts";
import type { AnalysedDataset } from "./analysedDataset.ts";
import { readEditItems, type EditItem } from "./editItems.ts";
import { captionOfEdit, entriesOf, isStandingEdit, readEditedList } from "./edits.ts";
import { readAside } from "./planAside.ts";

/**
 * What captions said before Winnow first changed them, by sample: from the bytes that the ledger keeps of their files. Left out are captions that say so again, those whose lines an
 * operation on whole files moved, and those whose old bytes are no longer kept.
 */
export async function readOriginals(env: Env, dataset: AnalysedDataset, signal: AbortSignal): Promise<Map<string, OriginalCaption[]>> {
  const place = await locateDataset(env, dataset.root);
  const originals = new Map<string, OriginalCaption[]>();
  const authors = new Map<number, string>();
  const rows = await dataset.tables.query("SELECT p.pair, p.author FROM edits e JOIN pairs p ON p.pair = e.item ORDER BY p.pair");
  for (const { pair, author } of rows) authors.set(Number(pair), String(author));
  const read = await readEditItems(dataset, Int32Array.from(authors.keys()), signal);
  const items = read.filter(({ isChosen, place: own }) => isChosen && own.kind !== "fixed");
  for (const { file, path, own } of await findSources(env, dataset, { place, items })) {
    signal.throwIfAborted();
    const texts = await readOld(env, { file, path }, own);
    for (const [at, { sample, captionIndex, pair, text: now }] of own.entries()) {
      const text = texts[at]?.text ?? "";
      if (text.trim() === "" || text === now || captionIndex === null) continue;
      const known = originals.get(sample) ?? [];
      originals.set(sample, [...known, { text, captionIndex, author: authors.get(pair) ?? "import" }]);
    }
  }
  return originals;
}

/** Captions whose file had, before the first operation on them, the bytes at a path. */
interface Source {
  readonly file: string;
  readonly path: string;
  readonly own: readonly EditItem[];
}

async function findSources(
  env: Env,
  dataset: AnalysedDataset,
  { place, items }: { readonly place: DatasetPlace; readonly items: readonly EditItem[] },
): Promise<Source[]> {
  const left = new Map(items.map((item) => [keyOf(item), item]));
  const sources = new Map<string, Source & { readonly own: EditItem[] }>();
  for (const operation of dataset.operations) {
    if (!isStandingEdit(operation)) continue;
    const entries = await entriesOf(env, place, operation);
    const named = captionOfEdit(operation);
    const listed = named === undefined ? await readEditedList(env, place, entries) : [named];
    const before = new Map(entries.map((entry) => [absoluteFromPath(place, entry.path), entry.before]));
    for (const caption of listed ?? []) {
      const item = left.get(keyOf(caption));
      if (item === undefined) continue;
      left.delete(keyOf(caption));
      const hash = before.get(item.file);
      if (hash === undefined || hash === null || isOfFiles(operation)) continue;
      const source = sources.get(`${hash} ${item.file}`) ?? { file: item.file, path: blobPath(place, hash), own: [] };
      sources.set(`${hash} ${item.file}`, source);
      source.own.push(item);
    }
  }
  return [...sources.values()];
}

function keyOf({ sample, captionIndex }: { readonly sample: string; readonly captionIndex: number | null }): string {
  return `${captionIndex ?? 0} ${sample}`;
}

const ofFiles: ReadonlySet<string> = new Set(operations.filter(({ unit }) => unit === "file").map(({ id }) => id));

/** Whether an operation changed which lines of files are captions, as its summary tells. */
function isOfFiles({ summary }: Operation): boolean {
  return ofFiles.has(/^\w+/.exec(summary)?.[0] ?? "");
}

async function readOld(
  env: Env,
  { file, path }: Pick<Source, "file" | "path">,
  items: readonly EditItem[],
): Promise<readonly ReadCaption[]> {
  const wanted = items.map(({ place, text }) => ({ place, before: text }));
  try {
    if (isContainer(file)) return await readContainer(env, { file, path }, wanted, false);
    return await readAside(env, await readBytes(env, path), wanted);
  } catch (error) {
    env.log("export.originals", `the bytes of ${file} before are no longer to be read: ${String(error)}`);
    return [];
  }
}
