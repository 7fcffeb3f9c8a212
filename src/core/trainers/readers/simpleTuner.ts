import { textOption, type Options } from "../../prune/options.ts";
import { finding, stop } from "../findings.ts";
import { baseOf, folderOf, isHidden, looksLikePicture, splitExtension } from "../paths.ts";
import { byteOrderMark, masksAsPictures, otherCaptions, readPictures, sharedCaptions, sidecarFinder, sizeOf } from "../sidecars.ts";
import type { PictureWithCaption } from "../sidecars.ts";
import type { ReadEvent, Trainer, TrainerFolder } from "../trainer.ts";

/** A local data backend of SimpleTuner; its limits of size and aspect are another configuration's and not applied. */
export const simpleTuner: Trainer = {
  id: "simpleTuner",
  name: "SimpleTuner",
  source: "bghira/SimpleTuner, documentation/DATALOADER.md and the prompt handler's source",
  options: {
    captionStrategy: {
      kind: "choice",
      about: "where captions come from (caption_strategy)",
      choices: ["textfile", "instanceprompt", "filename"],
      otherwise: "textfile",
    },
    instancePrompt: { kind: "text", about: "the caption of every picture (instance_prompt)" },
    disableMultilineSplit: { kind: "flag", about: "take a text file as one caption (disable_multiline_split)", otherwise: false },
    repeats: { kind: "number", about: "times that the folder is repeated beside the first", otherwise: 0 },
  },
  read,
};

/** Names of pictures that are read. */
export const simpleTunerPictures = /\.(?:jpg|jpeg|png|webp|bmp|tiff?|avif|jxl)$/i;

async function* read(folder: TrainerFolder, options: Options): AsyncGenerator<ReadEvent> {
  const images = folder.files.filter(({ path }) => simpleTunerPictures.test(path) && !isHidden(baseOf(path)));
  if (images.length === 0) yield stop("noPictures", { file: ".", message: "There is no picture that SimpleTuner reads" });
  const read = new Set(images);
  for (const file of folder.files) {
    if (looksLikePicture(file.path) && !read.has(file))
      yield finding("ignoredPicture", "warning", { file: file.path, message: `${file.path} is left out by SimpleTuner` });
  }
  const strategy = textOption(options, "captionStrategy");
  if (strategy === "instanceprompt" && textOption(options, "instancePrompt") === undefined)
    yield stop("missingCaption", { file: ".", message: "instanceprompt needs an instance_prompt, and SimpleTuner ends without one" });
  yield* masksAsPictures(images, "SimpleTuner");
  const captionFileOf = strategy === "textfile" ? sidecarFinder(folder, ".txt") : () => undefined;
  yield* sharedCaptions(images, captionFileOf);
  const otherCaption = otherCaptions(folder, ".txt");
  for await (const picture of readPictures(folder, images, captionFileOf)) {
    yield* readPicture(picture, options);
    const other = strategy === "textfile" && picture.caption === undefined ? otherCaption(picture.image) : undefined;
    if (other !== undefined) yield other;
  }
}

function* readPicture(picture: PictureWithCaption, options: Options): Generator<ReadEvent> {
  const { image, size } = picture;
  if (size === "broken") {
    yield finding("brokenPicture", "error", { file: image, message: `${image} can't be opened and is left out` });
    return;
  }
  const texts = yield* readTexts(picture, options);
  const repeats = 1 + Math.max(0, Number(options["repeats"] ?? 0));
  if (texts !== undefined) yield { kind: "pair", image, texts, set: folderOf(image), repeats, ...sizeOf(size) };
}

function* readTexts({ image, captionFile, caption }: PictureWithCaption, options: Options): Generator<ReadEvent, string[] | undefined> {
  const strategy = textOption(options, "captionStrategy");
  if (strategy === "instanceprompt") return [textOption(options, "instancePrompt") ?? ""];
  if (strategy === "filename") return [baseOf(splitExtension(image)[0]).replaceAll("_", " ")];
  if (captionFile === undefined || caption === undefined) {
    yield stop("missingCaption", { file: image, message: `${image} has no .txt file, and SimpleTuner ends there` });
    return undefined;
  }
  if (caption.kind === "notUtf8")
    yield stop("notUtf8", { file: captionFile, message: `${captionFile} is not UTF-8, and SimpleTuner ends there` });
  if (caption.kind === "unreadable")
    yield stop("missingCaption", {
      file: captionFile,
      message: `${captionFile} can't be read (${caption.reason}), and SimpleTuner ends there`,
    });
  if (caption.kind !== "text") return undefined;
  yield* byteOrderMark(captionFile, caption.text);
  const lines = options["disableMultilineSplit"] === true || !caption.text.includes("\n") ? [caption.text] : caption.text.split("\n");
  const texts = lines.filter((line) => line.trim() !== "");
  if (texts.length > 1)
    yield finding("severalCaptions", "note", {
      file: captionFile,
      message: `${captionFile} gives ${texts.length} captions, one drawn each time`,
    });
  if (texts.length === 0) yield finding("emptyCaption", "warning", { file: captionFile, message: `${captionFile} holds no caption` });
  return texts.length === 0 ? [""] : texts;
}
