import { resolve } from "node:path";
import { Minimatch } from "minimatch";
import type { FindDatasetsRequest, FoundDataset } from "../../protocol/overview.ts";
import type { Evidence, Surroundings } from "../discover/datasetFolders.ts";
import { evidenceOf, surroundingsIn } from "../discover/datasetFolders.ts";
import { countFiles, lookInto } from "../discover/lookInto.ts";
import type { SurveyedFolder } from "../discover/survey.ts";
import { survey } from "../discover/survey.ts";
import type { Env } from "../env.ts";

const deepest = 5;
const mostEntries = 1_000_000;

/**
 * Finds the folders that look like datasets in some folders and below, without opening a picture, in the order of their paths. One dataset
 * is found once, at its outermost folder; those that hold `.winnow` always are ones. Throws the signal's reason.
 */
export async function findDatasets(env: Env, { folders, exclude }: FindDatasetsRequest, signal?: AbortSignal): Promise<FoundDataset[]> {
  const isExcluded = matcherOf(exclude);
  const found = new Map<string, FoundDataset>();
  for (const root of new Set(folders.map((folder) => resolve(folder)))) {
    const top = await survey(env, root, { deepest, mostEntries, isExcluded, signal });
    const place = { folder: top, surroundings: { isInProject: false, isAmongAssets: false }, isInDataset: false, signal };
    await collect(env, { ...place, kinds: ["known", "captions", "containers", "tables"] }, found);
    await collect(env, { ...place, kinds: ["pictures"] }, found);
  }
  return [...found.values()].sort((a, b) => (a.root < b.root ? -1 : 1));
}

interface Place {
  readonly folder: SurveyedFolder;
  readonly surroundings: Surroundings;
  readonly isInDataset: boolean;
  readonly signal: AbortSignal | undefined;
  /** What is looked for. Pictures alone come last: they are a dataset where nothing in them is one. */
  readonly kinds: readonly Evidence[];
}

/** In a dataset only those that have `.winnow` are others. */
async function collect(env: Env, place: Place, found: Map<string, FoundDataset>): Promise<void> {
  const { folder, signal } = place;
  signal?.throwIfAborted();
  const surroundings = surroundingsIn(folder, place.surroundings);
  const isOpen = folder.isDataset || !(place.isInDataset || found.has(folder.path));
  const dataset = isOpen ? await judge(env, { ...place, surroundings }, found) : undefined;
  if (dataset !== undefined) found.set(folder.path, dataset);
  const isInDataset = place.isInDataset || found.has(folder.path);
  for (const below of folder.folders) await collect(env, { ...place, folder: below, surroundings, isInDataset }, found);
}

async function judge(
  env: Env,
  { folder, surroundings, signal, kinds }: Place,
  found: ReadonlyMap<string, FoundDataset>,
): Promise<FoundDataset | undefined> {
  for (const evidence of evidenceOf(folder, surroundings).filter((kind) => kinds.includes(kind))) {
    const plain = { root: folder.path, format: "sidecar", files: countFiles(folder) };
    if (evidence === "pictures")
      return holdsAny(folder, found)
        ? undefined
        : { ...plain, formatReason: `${plain.files} pictures, none with a caption file beside it` };
    const seen = await lookInto(env, folder, { evidence, signal });
    if (seen !== undefined) return { ...plain, format: seen.format, formatReason: seen.reason };
    if (evidence === "known") return { ...plain, formatReason: "Winnow has worked on this folder before" };
  }
  return undefined;
}

function holdsAny({ folders }: SurveyedFolder, found: ReadonlyMap<string, FoundDataset>): boolean {
  return folders.some((below) => found.has(below.path) || holdsAny(below, found));
}

/** Patterns as editors have them: of a folder, or of all that is in it. */
function matcherOf(patterns: readonly string[]): (path: string) => boolean {
  const matchers = patterns.map((pattern) => new Minimatch(pattern.replaceAll("\\", "/").replace(/(?<=.)\/(?:\*\*)?$/, ""), { dot: true }));
  return (path) => matchers.some((matcher) => matcher.match(path));
}
