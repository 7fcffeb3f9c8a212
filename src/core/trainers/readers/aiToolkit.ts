import { textOption, type Options } from "../../prune/options.ts";
import { finding, stop } from "../findings.ts";
import { baseOf, folderOf, isHidden, looksLikePicture } from "../paths.ts";
import { byteOrderMark, masksAsPictures, otherCaptions, readPictures, sharedCaptions, sidecarFinder, sizeOf } from "../sidecars.ts";
import type { PictureWithCaption } from "../sidecars.ts";
import type { ReadEvent, Trainer, TrainerFolder } from "../trainer.ts";

/** A dataset's `folder_path` in a configuration of ai-toolkit; dropout and shuffling are left out of the texts. */
export const aiToolkit: Trainer = {
  id: "aiToolkit",
  name: "ai-toolkit",
  source: "ostris/ai-toolkit, toolkit/data_loader.py and toolkit/dataloader_mixins.py (2026)",
  options: {
    captionExtension: { kind: "text", about: "extension of caption files (caption_ext)", otherwise: ".txt" },
    numRepeats: { kind: "number", about: "times that the folder is repeated (num_repeats)", otherwise: 1 },
    defaultCaption: { kind: "text", about: "caption of a picture without one (default_caption)" },
  },
  read,
};

/** Names of pictures that are read. */
export const aiToolkitPictures = /\.(?:jpg|jpeg|png|webp)$/i;

async function* read(folder: TrainerFolder, options: Options): AsyncGenerator<ReadEvent> {
  const given = textOption(options, "captionExtension") ?? ".txt";
  const extension = given.startsWith(".") ? given : `.${given}`;
  // Hidden files are left out, hidden folders are not: the folders that the trainer makes hold no pictures.
  const images = folder.files.filter(
    ({ path }) => aiToolkitPictures.test(path) && !isHidden(baseOf(path)) && baseOf(folderOf(path)) !== "_controls",
  );
  if (images.length === 0) yield stop("noPictures", { file: ".", message: "There is no JPEG, PNG or WebP picture: ai-toolkit ends" });
  const read = new Set(images);
  for (const file of folder.files) {
    if (looksLikePicture(file.path) && !read.has(file))
      yield finding("ignoredPicture", "warning", { file: file.path, message: `${file.path} is left out by ai-toolkit` });
  }
  const captionFileOf = sidecarFinder(folder, extension);
  yield* masksAsPictures(images, "ai-toolkit");
  yield* sharedCaptions(images, captionFileOf);
  const otherCaption = otherCaptions(folder, extension);
  for await (const picture of readPictures(folder, images, captionFileOf)) {
    yield* readPicture(picture, options);
    const other = picture.caption === undefined ? otherCaption(picture.image) : undefined;
    if (other !== undefined) yield other;
  }
}

function* readPicture({ image, size, captionFile, caption }: PictureWithCaption, options: Options): Generator<ReadEvent> {
  if (size === "broken") {
    yield finding("brokenPicture", "error", { file: image, message: `${image} can't be opened and is left out` });
    return;
  }
  const text = caption?.kind === "text" ? caption.text : "";
  const fallback = textOption(options, "defaultCaption");
  const used = fallback === undefined ? "an empty caption" : `"${fallback}"`;
  if (captionFile === undefined || caption === undefined)
    yield finding("missingCaption", "warning", { file: image, message: `${image} has no caption file and is trained with ${used}` });
  else if (caption.kind === "notUtf8") {
    yield stop("notUtf8", { file: captionFile, message: `${captionFile} is not UTF-8, and ai-toolkit ends there` });
    return;
  } else if (caption.kind === "unreadable") {
    yield stop("missingCaption", {
      file: captionFile,
      message: `${captionFile} can't be read (${caption.reason}), and ai-toolkit ends there`,
    });
    return;
  } else if (text.trim() === "")
    yield finding("emptyCaption", "warning", { file: captionFile, message: `${captionFile} is empty; it is trained with ${used}` });
  if (captionFile !== undefined) yield* byteOrderMark(captionFile, text);
  const raw = text.trim() === "" && fallback !== undefined ? fallback : text;
  const repeats = Math.max(1, Number(options["numRepeats"] ?? 1));
  yield { kind: "pair", image, texts: [captionOf(raw, textOption(options, "trigger"))], set: folderOf(image), repeats, ...sizeOf(size) };
}

/**
 * Commas become ", " whatever follows them, line ends stay, and the trigger word takes the place of `[trigger]` and `[name]`, or the first place where the
 * caption doesn't hold it; without a trigger word the marks are taken out.
 */
function captionOf(raw: string, trigger: string | undefined): string {
  const lines = raw.replaceAll(/\r\n?/g, "\n");
  const caption = lines
    .split(",")
    .join(", ")
    .replaceAll(/\[(?:name|trigger)\]/g, () => trigger ?? "");
  return trigger === undefined || trigger.trim() === "" || caption.includes(trigger) ? caption : `${trigger} ${caption}`;
}
