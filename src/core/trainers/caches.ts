import { baseOf, folderOf, looksLikePicture, lowerExtension, splitExtension } from "./paths.ts";
import type { TrainerFile } from "./trainer.ts";

/**
 * A file that a trainer made of pictures or captions to spare itself work. `stale` says in words why it no longer fits them, null where nothing speaks
 * against it. Trainers themselves look at little more than whether it is there.
 */
export interface TrainerCache {
  readonly path: string;
  readonly sizeBytes: number;
  readonly trainer: string;
  readonly madeOf: "captions" | "pictures";
  readonly stale: string | null;
}

/** Caches of text encoders, kohya's (FORMATS of sd-scripts v0.10.1 and its branches): made of the caption beside the picture. */
const kohyaText = /_(?:te_outputs|flux_te|sd3_te|anima_te|lumina\w*_te|hi\w*_te)\.npz$/;
/** Caches of latents: the size of training may stand in the name. */
const kohyaLatents = /(?:_\d{3,5}x\d{3,5})?(?:_(?:sd|sdxl|flux|sd3|lumina\w*|hi\w*|anima\w*))?\.npz$/;
const aiToolkitFolders: Readonly<Record<string, TrainerCache["madeOf"]>> = {
  _latent_cache: "pictures",
  _t_e_cache: "captions",
  _clip_vision_cache: "pictures",
};
/** Files that tell the sizes of all pictures of a folder. */
const lists: readonly (readonly [RegExp, string])[] = [
  [/^metadata_cache\.json$/, "kohya"],
  [/^\.aitk_size\.json$/, "aiToolkit"],
  [/^aspect_ratio_bucket_(?:indices|metadata)_.*\.json$/, "simpleTuner"],
];

/** Finds the caches among the files of a folder, and judges each by the time of what it was made of. */
export function findCaches(files: readonly TrainerFile[]): TrainerCache[] {
  const sources = sourcesOf(files);
  return files.flatMap((file) => {
    const { path, sizeBytes } = file;
    const known = identify(path);
    if (known === undefined) return [];
    const { trainer, madeOf } = known;
    return [{ path, sizeBytes, trainer, madeOf, stale: whyStale(file, known, sources) }];
  });
}

/** What a cache is; `stem` is that of its picture, undefined where it is about a whole folder. */
interface Identified {
  readonly trainer: string;
  readonly madeOf: TrainerCache["madeOf"];
  readonly folder: string;
  readonly stem: string | undefined;
}

function identify(path: string): Identified | undefined {
  const [base, folder] = [baseOf(path), folderOf(path)];
  const list = lists.find(([pattern]) => pattern.test(base));
  if (list !== undefined) return { trainer: list[1], madeOf: "pictures", folder, stem: undefined };
  const madeOf = aiToolkitFolders[baseOf(folder)];
  // ai-toolkit puts a digest of the settings behind the stem.
  if (madeOf !== undefined)
    return {
      trainer: "aiToolkit",
      madeOf,
      folder: folderOf(folder),
      stem: base.replace(/_[^_]*\.safetensors$/, "").replace(/\.safetensors$/, ""),
    };
  if (lowerExtension(path) !== ".npz") return undefined;
  const isText = kohyaText.test(base);
  return { trainer: "kohya", madeOf: isText ? "captions" : "pictures", folder, stem: base.replace(isText ? kohyaText : kohyaLatents, "") };
}

/** The newest picture and caption by folder and stem, and the newest picture at or below a folder. */
interface Sources {
  readonly pictures: ReadonlyMap<string, TrainerFile>;
  readonly captions: ReadonlyMap<string, TrainerFile>;
  readonly newestBelow: ReadonlyMap<string, TrainerFile>;
}

const captionExtensions: ReadonlySet<string> = new Set([".txt", ".caption", ".json", ".tags"]);

function sourcesOf(files: readonly TrainerFile[]): Sources {
  const [pictures, captions, newestBelow] = [
    new Map<string, TrainerFile>(),
    new Map<string, TrainerFile>(),
    new Map<string, TrainerFile>(),
  ];
  const keep = (map: Map<string, TrainerFile>, key: string, file: TrainerFile): void => {
    const known = map.get(key);
    if (known === undefined || known.mtimeMs < file.mtimeMs) map.set(key, file);
  };
  for (const file of files) {
    const stem = splitExtension(file.path)[0];
    if (captionExtensions.has(lowerExtension(file.path))) keep(captions, stem, file);
    if (!looksLikePicture(file.path)) continue;
    keep(pictures, stem, file);
    for (let folder = folderOf(file.path); ; folder = folderOf(folder)) {
      keep(newestBelow, folder, file);
      if (folder === "") break;
    }
  }
  return { pictures, captions, newestBelow };
}

function whyStale(cache: TrainerFile, { madeOf, folder, stem }: Identified, sources: Sources): string | null {
  if (stem === undefined) {
    const newest = sources.newestBelow.get(folder);
    return newest !== undefined && newest.mtimeMs > cache.mtimeMs ? `${newest.path} is newer` : null;
  }
  const key = folder === "" ? stem : `${folder}/${stem}`;
  const picture = sources.pictures.get(key);
  if (picture === undefined) return "its picture is gone";
  const source = madeOf === "captions" ? sources.captions.get(key) : picture;
  // A picture may be trained without a caption file, by the name of its folder.
  return source !== undefined && source.mtimeMs > cache.mtimeMs ? `${source.path} is newer` : null;
}
