import type { Dirent } from "node:fs";
import { opendir, realpath, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { hashText } from "../../core/signals/textHash.ts";
import type { Env } from "../env.ts";
import { eachConcurrently } from "../store/concurrent.ts";
import { isInside } from "../store/paths.ts";
import { extensionOf, isImagePath, stemOf } from "./listing.ts";

/**
 * A folder as its names alone show it. Of very many pictures and caption files some are kept, those of one stem together; `images` and
 * `files` count all. `path` is absolute, `depth` counts from the folder where the survey began.
 */
export interface SurveyedFolder {
  readonly path: string;
  readonly name: string;
  readonly depth: number;
  /** Winnow keeps its own folder here. */
  isDataset: boolean;
  /** Here begins a project of code. */
  isProject: boolean;
  images: number;
  files: number;
  /** Names of pictures and of what may be captions beside them. */
  kept: string[];
  /** One stem in so many was kept, a power of two. */
  keptOneIn: number;
  /** The extension of the captions beside most of the pictures that lie directly here. */
  captionExtension: string | undefined;
  /** Names of archives and tables that may hold or name pictures; what may be a caption of one picture stands among `kept`. */
  readonly tables: string[];
  readonly folders: SurveyedFolder[];
}

/** What a survey may cost at most, and where it does not go: `isExcluded` gets paths below the beginning, with forward slashes. */
export interface SurveyOptions {
  readonly deepest: number;
  readonly mostEntries: number;
  readonly isExcluded: (path: string) => boolean;
  readonly signal?: AbortSignal | undefined;
}

const foldersAtOnce = 4;
/** Entries that are read from the disk together. */
const entriesPerRead = 512;
/** Of one folder so many names of pictures and captions are kept. */
const mostKept = 2048;
const mostTables = 256;
const skippedFolders: ReadonlySet<string> = new Set(["node_modules", "__pycache__", "site-packages", "venv", "bower_components"]);
const captionExtensions: ReadonlySet<string> = new Set([".txt", ".caption", ".tags", ".json"]);
/** With this share of its pictures captioned a folder is one of captions beside pictures. */
const leastCovered = 0.5;
const tableExtensions: ReadonlySet<string> = new Set([".tar", ".parquet", ".csv", ".tsv", ".jsonl", ".ndjson", ".token"]);
/** Texts and JSON files with such names speak of many pictures. */
const tableName = /caption|annotation|dataset|metadata|results|token|stats|coco|karpathy|train|val|test|^meta|labels/i;
/** Files that stand at the top of projects of code. */
const projectFiles: ReadonlySet<string> = new Set(
  "package.json tsconfig.json cargo.toml go.mod pyproject.toml setup.py requirements.txt pom.xml build.gradle build.gradle.kts cmakelists.txt makefile gemfile composer.json androidmanifest.xml pubspec.yaml".split(
    " ",
  ),
);
const projectExtensions: ReadonlySet<string> = new Set([".sln", ".csproj", ".xcodeproj", ".uproject"]);

interface Survey extends SurveyOptions {
  readonly root: string;
  readonly realRoot: string;
  /** Targets of links. */
  readonly visited: Set<string>;
  entries: number;
}

/** Looks at the names in a folder and below, nearest first, without opening or measuring a file. What can't be read is passed over. */
export async function survey(env: Env, root: string, options: SurveyOptions): Promise<SurveyedFolder> {
  const top = emptyFolder(root, basename(root), 0);
  const state: Survey = { ...options, root, realRoot: await realpath(root).catch(() => root), visited: new Set(), entries: 0 };
  for (let level = [top]; level.length > 0; level = level.flatMap(({ folders }) => folders)) {
    await eachConcurrently(level, foldersAtOnce, (folder) => readFolder(env, state, folder));
  }
  env.counters.filesListed += state.entries;
  return top;
}

function emptyFolder(path: string, name: string, depth: number): SurveyedFolder {
  return {
    path,
    name,
    depth,
    isDataset: false,
    isProject: false,
    images: 0,
    files: 0,
    kept: [],
    keptOneIn: 1,
    captionExtension: undefined,
    tables: [],
    folders: [],
  };
}

async function readFolder(env: Env, state: Survey, folder: SurveyedFolder): Promise<void> {
  state.signal?.throwIfAborted();
  if (state.entries >= state.mostEntries) return;
  const links: Dirent[] = [];
  try {
    for await (const entry of await opendir(folder.path, { bufferSize: entriesPerRead })) {
      state.signal?.throwIfAborted();
      state.entries += 1;
      if (entry.isDirectory()) addFolder(state, folder, entry.name);
      else if (entry.isSymbolicLink() && !isOfDatasets(entry.name)) links.push(entry);
      else addFile(folder, entry.name);
      if (state.entries >= state.mostEntries) break;
    }
  } catch (error) {
    state.signal?.throwIfAborted();
    env.log("discover.survey", `${folder.path} can't be read (${String(error)})`);
  }
  for (const { name } of links) await followLink(state, folder, name);
  folder.captionExtension = captionExtensionOf(folder);
  folder.folders.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function addFolder(state: Survey, folder: SurveyedFolder, name: string): void {
  if (name === ".winnow") folder.isDataset = true;
  if (name.startsWith(".") || skippedFolders.has(name) || folder.depth >= state.deepest) return;
  if (projectExtensions.has(extensionOf(name))) folder.isProject = true;
  const below = emptyFolder(join(folder.path, name), name, folder.depth + 1);
  if (!state.isExcluded(below.path.slice(state.root.length).replaceAll("\\", "/").replace(/^\//, ""))) folder.folders.push(below);
}

/** Datasets are often linked into a workspace; what lies in it anyway is not entered again, and each target once, so loops end. */
async function followLink(state: Survey, folder: SurveyedFolder, name: string): Promise<void> {
  const path = join(folder.path, name);
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isFolder) return;
  const target = await realpath(path);
  if (state.visited.has(target) || isInside(state.realRoot, target) || isInside(target, state.realRoot)) return;
  state.visited.add(target);
  addFolder(state, folder, name);
}

function addFile(folder: SurveyedFolder, name: string): void {
  if (name.startsWith(".")) return;
  folder.files += 1;
  const extension = extensionOf(name);
  if (projectFiles.has(name.toLowerCase()) || projectExtensions.has(extension)) folder.isProject = true;
  const isImage = isImagePath(name);
  if (isImage) folder.images += 1;
  const isTable = tableExtensions.has(extension) || (captionExtensions.has(extension) && tableName.test(name));
  if (isTable && folder.tables.length < mostTables) folder.tables.push(name);
  else if ((isImage || captionExtensions.has(extension)) && isKept(folder, name)) keepName(folder, name);
}

function keepName(folder: SurveyedFolder, name: string): void {
  folder.kept.push(name);
  if (folder.kept.length <= mostKept) return;
  folder.keptOneIn *= 2;
  folder.kept = folder.kept.filter((other) => isKept(folder, other));
}

function captionExtensionOf({ kept, tables }: SurveyedFolder): string | undefined {
  const images = kept.filter(isImagePath);
  if (images.length === 0) return undefined;
  const names = new Set([...kept, ...tables]);
  const isUsual = (extension: string): boolean =>
    images.filter((name) => names.has(stemOf(name) + extension)).length >= leastCovered * images.length;
  return [...captionExtensions].find(isUsual);
}

function isOfDatasets(name: string): boolean {
  return isImagePath(name) || captionExtensions.has(extensionOf(name)) || tableExtensions.has(extensionOf(name));
}

function isKept({ keptOneIn }: SurveyedFolder, name: string): boolean {
  return keptOneIn === 1 || hashText(stemOf(name)) % keptOneIn === 0;
}
