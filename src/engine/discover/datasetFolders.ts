import { parseKohyaFolder } from "./kohya.ts";
import { extensionOf } from "./listing.ts";
import type { SurveyedFolder } from "./survey.ts";
import { splitFromWord } from "./splits.ts";

/**
 * Why a folder may be a dataset of its own, by its names alone: Winnow was here ("known"), pictures have captions beside them ("captions"),
 * archives or Parquet files ("containers"), tables above pictures ("tables"), pictures and nothing else ("pictures"). What it says is to be
 * confirmed by a look into its files.
 */
export type Evidence = "known" | "captions" | "containers" | "tables" | "pictures";

/** Fewer pictures than this, or fewer in a project of code, may be anything. */
const leastPictures = { project: 8, elsewhere: 2 } as const;
/** Pictures without captions are offered where they are many and all that is there. */
const [plainPictures, plainShare] = [100, 0.9];
/** Folders that hold the parts of one dataset beside a table. */
const mediaWord = /^(?:images?|imgs?|pictures|photos|jpegimages|jpe?gs?|pngs?|shards|tars|data)$/i;
/** Folders that hold several datasets side by side. */
const shelfWord = /^(?:data|data_?sets?|corpora|collections?|loras?|training|train_?data|projects?|workspaces?|downloads?|home)$/i;
/** Folders of pictures that belong to programs and documents. */
const assetWord =
  /^(?:assets?|icons?|img|imgs|static|public|res|resources|screenshots?|docs?|media|sprites?|textures?|thumbnails?|fixtures?|tests?|__.*__|drawable.*|.*\.xcassets|figures?|plots?|wandb|runs|logs?|outputs?)$/i;

/** Where a folder lies: in a project of code, or among the pictures of a program or document. */
export interface Surroundings {
  readonly isInProject: boolean;
  readonly isAmongAssets: boolean;
}

/** The surroundings of what lies in a folder. */
export function surroundingsIn(folder: SurveyedFolder, outside: Surroundings): Surroundings {
  return {
    isInProject: outside.isInProject || folder.isProject,
    isAmongAssets: outside.isAmongAssets || (folder.depth > 0 && assetWord.test(folder.name)),
  };
}

/** What a folder may be a dataset by, the best first; nothing where at most a folder below it is one. */
export function evidenceOf(folder: SurveyedFolder, { isInProject, isAmongAssets }: Surroundings): Evidence[] {
  if (folder.isDataset) return ["known"];
  const pictures = sumOf(folder, ({ images }) => images);
  const isEnough = pictures >= (isInProject ? leastPictures.project : leastPictures.elsewhere);
  const speaks: Readonly<Record<Exclude<Evidence, "known">, boolean>> = {
    captions: isEnough && (folder.captionExtension !== undefined || holdsParts(folder)),
    containers: folder.tables.some(isContainer) || holdsParts(folder),
    tables: isEnough && hasTable(folder),
    pictures: !isInProject && !isAmongAssets && isPlainPictures(folder),
  };
  return (["captions", "containers", "tables", "pictures"] as const).filter((evidence) => speaks[evidence]);
}

/** A number of each folder, added up over a folder and all below it but datasets of their own. */
export function sumOf(folder: SurveyedFolder, countOf: (folder: SurveyedFolder) => number): number {
  return countOf(folder) + ownFolders(folder).reduce((sum, below) => sum + sumOf(below, countOf), 0);
}

/** The folders directly below that are no datasets of their own. */
export function ownFolders({ folders }: SurveyedFolder): SurveyedFolder[] {
  return folders.filter(({ isDataset }) => !isDataset);
}

/** Archives and Parquet files, which hold pictures themselves. */
export function isContainer(name: string): boolean {
  return extensionOf(name) === ".tar" || (extensionOf(name) === ".parquet" && name !== "metadata.parquet");
}

/** The folders whose tables speak for a folder's pictures: itself, and those directly below that have none (`annotations`). */
export function tableFolders(folder: SurveyedFolder): SurveyedFolder[] {
  return [folder, ...ownFolders(folder).filter((below) => sumOf(below, ({ images }) => images) === 0)];
}

function hasTable(folder: SurveyedFolder): boolean {
  return tableFolders(folder).some(
    ({ tables, kept, images }) => tables.length > 0 || (images === 0 && kept.some((name) => extensionOf(name) === ".json")),
  );
}

/** The parts of one dataset: splits, kohya's folders, numbered shards, or topics that are all captioned in one way. */
function holdsParts(folder: SurveyedFolder): boolean {
  const parts = ownFolders(folder).filter(holdsData);
  if (parts.length === 0 || folder.isProject) return false;
  if (parts.every(({ name }) => isPartName(name) || mediaWord.test(name)) && parts.some(({ name }) => isPartName(name))) return true;
  if (parts.length < 2) return false;
  return haveNumbers(parts.map(({ name }) => name)) || (!shelfWord.test(folder.name) && areTopics(parts));
}

function holdsData(folder: SurveyedFolder): boolean {
  return folder.images > 0 || folder.tables.some(isContainer) || ownFolders(folder).some(holdsData);
}

/** `train`, `val2017`, `10_sks dog`. */
function isPartName(name: string): boolean {
  const kohya = parseKohyaFolder(name);
  return (
    splitFromWord(name.replace(/[-_ ]?\d+$/, "")) !== undefined ||
    (kohya !== undefined && kohya.repeats >= 1 && kohya.classTokens !== "" && kohya.repeats <= 1000)
  );
}

/** `00000`, `00001`; `part-1`, `part-2`. */
function haveNumbers(names: readonly string[]): boolean {
  const stems = new Set(names.map((name) => /^(.*?)\d+$/.exec(name)?.[1]));
  return stems.size === 1 && !stems.has(undefined);
}

function areTopics(folders: readonly SurveyedFolder[]): boolean {
  const extensions = new Set(folders.map(commonExtension));
  return extensions.size === 1 && !extensions.has(undefined);
}

/** The extension of the captions of a folder and of all below it, where it is the same everywhere. */
function commonExtension(folder: SurveyedFolder): string | undefined {
  const below = ownFolders(folder).filter(holdsData).map(commonExtension);
  const all = new Set(folder.images > 0 ? [folder.captionExtension, ...below] : below);
  return all.size === 1 && !folder.tables.some(isContainer) ? [...all][0] : undefined;
}

function isPlainPictures(folder: SurveyedFolder): boolean {
  if (folder.images === 0 && ownFolders(folder).filter(holdsData).length < 2) return false;
  const pictures = countPlain(folder);
  return pictures >= plainPictures && pictures >= plainShare * sumOf(folder, ({ files }) => files);
}

/** Pictures but those of programs and documents. */
function countPlain(folder: SurveyedFolder): number {
  const below = ownFolders(folder).filter(({ name }) => !assetWord.test(name));
  return folder.images + below.reduce((sum, next) => sum + countPlain(next), 0);
}
