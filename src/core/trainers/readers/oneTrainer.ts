import { linesAsPython, stripAsPython } from "../../formats/pythonText.ts";
import { numberOption, textOption, type Options } from "../../prune/options.ts";
import { finding, stop } from "../findings.ts";
import { baseOf, folderOf, isMask, looksLikePicture, splitExtension } from "../paths.ts";
import { byteOrderMark, otherCaptions, readPictures, sharedCaptions, sidecarFinder, sizeOf } from "../sidecars.ts";
import type { PictureWithCaption } from "../sidecars.ts";
import type { ReadEvent, TextRead, Trainer, TrainerFolder } from "../trainer.ts";

/** One concept of OneTrainer; variations of text and picture are left out. */
export const oneTrainer: Trainer = {
  id: "oneTrainer",
  name: "OneTrainer",
  source: "Nerogar/OneTrainer, modules/dataLoader/mixin/DataLoaderText2ImageMixin.py, and mgds, LoadMultipleTexts.py (2026)",
  options: {
    promptSource: {
      kind: "choice",
      about: "where captions come from: a text file a picture, one file for all, or the file's name",
      choices: ["sample", "concept", "filename"],
      otherwise: "sample",
    },
    promptPath: { kind: "text", about: "the file of captions for all pictures, below the folder (with promptSource concept)" },
    includeSubdirectories: { kind: "flag", about: "read folders within the folder too", otherwise: false },
    repeats: { kind: "number", about: "times that the concept is repeated", otherwise: 1 },
  },
  read,
};

const readExtension = /\.(?:bmp|jpg|jpeg|png|tiff?|webp|jxl|avif)$/i;

async function* read(folder: TrainerFolder, options: Options): AsyncGenerator<ReadEvent> {
  const deep = options["includeSubdirectories"] === true;
  const pictures = folder.files.filter(({ path }) => readExtension.test(path) && (deep || !path.includes("/")));
  const images = pictures.filter(({ path }) => !isMask(path));
  if (images.length === 0) yield stop("noPictures", { file: ".", message: "There is no picture that OneTrainer reads" });
  yield* leftOut(folder, deep);
  for (const { path } of pictures)
    if (isMask(path)) yield finding("maskFound", "note", { file: path, message: `${path} is taken for a mask and no picture` });
  const source = textOption(options, "promptSource");
  const shared = source === "concept" ? yield* readShared(folder, textOption(options, "promptPath")) : undefined;
  const captionFileOf = source === "sample" ? sidecarFinder(folder, ".txt") : () => undefined;
  yield* sharedCaptions(images, captionFileOf);
  const otherCaption = otherCaptions(folder, ".txt");
  for await (const picture of readPictures(folder, images, captionFileOf)) {
    yield* readPicture(picture, { options, shared });
    const other = source === "sample" && picture.caption === undefined ? otherCaption(picture.image) : undefined;
    if (other !== undefined) yield other;
  }
}

function* leftOut({ files }: TrainerFolder, deep: boolean): Generator<ReadEvent> {
  const folders = new Set<string>();
  for (const { path } of files) {
    if (!looksLikePicture(path)) continue;
    const folder = folderOf(path);
    if (!readExtension.test(path)) yield finding("ignoredPicture", "warning", { file: path, message: `${path} is left out by OneTrainer` });
    else if (!deep && folder !== "" && !folders.has(folder)) {
      folders.add(folder);
      yield finding("ignoredFolder", "warning", { file: folder, message: `${folder} is left out because includeSubdirectories is off` });
    }
  }
}

async function* readShared(folder: TrainerFolder, path: string | undefined): AsyncGenerator<ReadEvent, string[]> {
  const [read] = path === undefined ? [] : await folder.readTexts([path]);
  if (path === undefined || read === undefined || read.kind === "unreadable")
    yield finding("missingCaption", "warning", {
      file: path ?? ".",
      message: "promptPath names no file: every picture has an empty caption",
    });
  return (yield* textsOf(path ?? ".", read)) ?? [""];
}

function* readPicture(
  { image, size, captionFile, caption }: PictureWithCaption,
  { options, shared }: { readonly options: Options; readonly shared: readonly string[] | undefined },
): Generator<ReadEvent> {
  if (size === "broken") yield stop("brokenPicture", { file: image, message: `${image} can't be opened, and OneTrainer ends there` });
  const source = textOption(options, "promptSource");
  if (source === "sample" && captionFile === undefined)
    yield finding("missingCaption", "warning", { file: image, message: `${image} has no .txt file and is trained with an empty caption` });
  const own = captionFile === undefined ? [""] : yield* textsOf(captionFile, caption);
  if (own === undefined) return;
  const texts = source === "filename" ? [baseOf(splitExtension(image)[0])] : (shared ?? own);
  const repeats = numberOption(options, "repeats") ?? 1;
  yield { kind: "pair", image, texts, set: folderOf(image), repeats, ...sizeOf(size) };
}

/** Lines that are not blank, as alternatives; one empty caption where there is none. */
function* textsOf(file: string, read: TextRead | undefined): Generator<ReadEvent, string[] | undefined> {
  if (read?.kind === "notUtf8") {
    yield stop("notUtf8", { file, message: `${file} is not UTF-8, and OneTrainer ends there` });
    return undefined;
  }
  if (read?.kind !== "text") return [""];
  yield* byteOrderMark(file, read.text);
  const texts = linesAsPython(read.text)
    .map(stripAsPython)
    .filter((line) => line !== "");
  if (texts.length > 1)
    yield finding("severalCaptions", "note", { file, message: `${file} gives ${texts.length} captions, one drawn each time` });
  if (texts.length === 0) yield finding("emptyCaption", "warning", { file, message: `${file} holds no caption` });
  return texts.length === 0 ? [""] : texts;
}
