import { stripAsPython, linesAsPython } from "../../formats/pythonText.ts";
import { textOption, type Options } from "../../prune/options.ts";
import { finding, stop } from "../findings.ts";
import { bucketOptions, kohyaBatches, kohyaSizes } from "../kohyaBuckets.ts";
import { baseOf, folderOf, isHidden, looksLikePicture, splitExtension } from "../paths.ts";
import { byteOrderMark, masksAsPictures, otherCaptions, readPictures, sharedCaptions, sidecarFinder, sizeOf } from "../sidecars.ts";
import type { PictureWithCaption } from "../sidecars.ts";
import type { ReadEvent, Trainer, TrainerFile, TrainerFolder } from "../trainer.ts";

/** Folders `<repeats>_<class>` under `--train_data_dir`, without a `--dataset_config`. */
export const kohya: Trainer = {
  id: "kohya",
  name: "kohya sd-scripts",
  source: "kohya-ss/sd-scripts v0.10.1, library/config_util.py and library/train_util.py",
  options: {
    captionExtension: { kind: "text", about: "extension of caption files", otherwise: ".caption" },
    enableWildcard: { kind: "flag", about: "take the lines of a caption as alternatives, and {a|b} as choices", otherwise: false },
    tokens: { kind: "number", about: "tokens of a caption that are read (max_token_length: 75, 150 or 225)", otherwise: 75 },
    ...bucketOptions,
  },
  read,
  sizeFor: kohyaSizes,
  batches: kohyaBatches,
};

/** Names of pictures that are read: extensions all in lower or all in upper case; AVIF and JPEG XL are read where plugins are installed, which nobody can see from here. */
export const kohyaPictures = /\.(?:png|jpe?g|webp|bmp|PNG|JPE?G|WEBP|BMP)$/;
/** kohya's own syntax for choices within a caption. */
const choice = /\{[^{}]*\|[^{}]*\}/;

/** A folder that is trained on. */
interface Subset {
  readonly folder: string;
  readonly repeats: number;
  readonly classTokens: string;
}

async function* read(folder: TrainerFolder, options: Options): AsyncGenerator<ReadEvent> {
  const subsets: Subset[] = [];
  for (const [name, files] of foldersOf(folder)) {
    const subset = subsetOf(name);
    if (typeof subset !== "string") subsets.push(subset);
    else if (files.some(({ path }) => looksLikePicture(path)))
      yield finding("ignoredFolder", "warning", { file: name || ".", message: subset });
  }
  if (subsets.length === 0)
    yield stop("noPictures", {
      file: ".",
      message: "There is no folder named <repeats>_<class> with pictures: kohya ends without a dataset",
    });
  const files = foldersOf(folder);
  for (const subset of subsets) yield* readSubset(folder, { subset, files: files.get(subset.folder) ?? [] }, options);
}

/** Files by their folder, in the order of their paths. */
function foldersOf({ files }: TrainerFolder): Map<string, TrainerFile[]> {
  const folders = new Map<string, TrainerFile[]>();
  for (const file of files) {
    const name = folderOf(file.path);
    const siblings = folders.get(name);
    if (siblings === undefined) folders.set(name, [file]);
    else siblings.push(file);
  }
  return folders;
}

/** What a folder's name says, or why the folder is left out. */
function subsetOf(name: string): Subset | string {
  if (name === "") return "The pictures at the top are left out: they lie in no folder named <repeats>_<class>";
  if (name.includes("/")) return `${name} is left out: it does not lie directly in the folder of training`;
  const [first = "", ...rest] = name.split("_");
  if (!/^\s*[+-]?\d+\s*$/.test(first)) return `${name} is left out: its name does not begin with a number of repeats and "_"`;
  const repeats = Number.parseInt(first.trim(), 10);
  return repeats < 1
    ? `${name} is left out: it is to be repeated ${repeats} times`
    : { folder: name, repeats, classTokens: rest.join("_") };
}

async function* readSubset(
  folder: TrainerFolder,
  { subset, files }: { readonly subset: Subset; readonly files: readonly TrainerFile[] },
  options: Options,
): AsyncGenerator<ReadEvent> {
  const extension = textOption(options, "captionExtension") ?? ".caption";
  const images = files.filter(({ path }) => kohyaPictures.test(path) && !isHidden(baseOf(path)));
  const read = new Set(images);
  for (const file of files) {
    if (!looksLikePicture(file.path) || read.has(file)) continue;
    yield finding("ignoredPicture", "warning", {
      file: file.path,
      message: `${file.path} is left out: kohya doesn't read ${ending(file.path)}`,
    });
  }
  const captionFileOf = captionFinder(folder, extension);
  yield* masksAsPictures(images, "kohya");
  yield* sharedCaptions(images, captionFileOf);
  const otherCaption = otherCaptions(folder, extension);
  for await (const picture of readPictures(folder, images, captionFileOf)) {
    yield* readPicture(picture, subset, options);
    const other = picture.caption === undefined ? otherCaption(picture.image) : undefined;
    if (other !== undefined) yield other;
  }
}

function ending(path: string): string {
  const extension = splitExtension(path)[1];
  return extension === extension.toLowerCase() || extension === extension.toUpperCase()
    ? `${extension} files`
    : `the extension ${extension}, written in both cases`;
}

/**
 * `<base><ext>`, else the same without the last four "_" parts, which face detection adds. The parts are those of the whole path, so that a folder's
 * name may lose some; what then lies outside of the root is not looked for.
 */
function captionFinder(folder: TrainerFolder, extension: string): (image: string) => string | undefined {
  const own = sidecarFinder(folder, extension);
  const paths = new Set(folder.files.map(({ path }) => path));
  return (image) => {
    const parts = splitExtension(image)[0].split("_");
    const short = parts.length < 5 ? undefined : parts.slice(0, -4).join("_") + extension;
    return own(image) ?? (short !== undefined && paths.has(short) ? short : undefined);
  };
}

function* readPicture(picture: PictureWithCaption, { folder, repeats, classTokens }: Subset, options: Options): Generator<ReadEvent> {
  const { image, size, captionFile, caption } = picture;
  if (size === "broken") yield stop("brokenPicture", { file: image, message: `${image} can't be opened, and kohya ends there` });
  const pair = (texts: readonly string[]): ReadEvent => {
    return { kind: "pair", image, texts, set: folder, repeats, ...sizeOf(size) };
  };
  if (captionFile === undefined || caption === undefined) {
    const used = classTokens === "" ? "an empty caption" : `"${classTokens}", from the name of the folder`;
    yield finding("missingCaption", "warning", { file: image, message: `${image} has no caption file and is trained with ${used}` });
    yield pair([classTokens]);
  } else if (caption.kind === "notUtf8")
    yield stop("notUtf8", { file: captionFile, message: `${captionFile} is not UTF-8, and kohya ends there` });
  else if (caption.kind === "unreadable")
    yield stop("missingCaption", { file: captionFile, message: `${captionFile} can't be read (${caption.reason}), and kohya ends there` });
  else if (caption.text === "") yield stop("emptyCaption", { file: captionFile, message: `${captionFile} is empty, and kohya ends there` });
  else {
    yield* byteOrderMark(captionFile, caption.text);
    const texts = textsOf(caption.text, options["enableWildcard"] === true);
    yield* lookAtText(captionFile, caption.text, { texts, wildcards: options["enableWildcard"] === true });
    yield pair(texts);
  }
}

function textsOf(text: string, wildcards: boolean): string[] {
  const lines = linesAsPython(text).map(stripAsPython);
  if (!wildcards) return [lines[0] ?? ""];
  const alternatives = lines.filter((line) => line !== "");
  return alternatives.length === 0 ? [""] : alternatives;
}

function* lookAtText(
  file: string,
  text: string,
  { texts, wildcards }: { readonly texts: readonly string[]; readonly wildcards: boolean },
): Generator<ReadEvent> {
  const lines = linesAsPython(text).filter((line) => stripAsPython(line) !== "").length;
  if (wildcards && texts.length > 1)
    yield finding("severalCaptions", "note", { file, message: `${file} gives ${texts.length} captions, one drawn each time` });
  if (!wildcards && lines > 1)
    yield finding("firstLineOnly", "warning", { file, message: `${file} has ${lines} lines, of which the first alone is read` });
  if (texts.every((line) => line === ""))
    yield finding("emptyCaption", "warning", { file, message: `${file} begins with an empty line, and that is the caption` });
  if (!texts.some((line) => choice.test(line))) return;
  const meaning = wildcards ? "is drawn from each time" : "is read as it stands, because enableWildcard is off";
  yield finding("wildcard", wildcards ? "note" : "warning", { file, message: `${file} holds a choice such as {a|b}, which ${meaning}` });
}
