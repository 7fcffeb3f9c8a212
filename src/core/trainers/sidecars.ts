import { finding } from "./findings.ts";
import { isMask, lowerExtension, splitExtension } from "./paths.ts";
import type { Measured, PictureSize, ReadEvent, TextRead, TrainerFile, TrainerFolder } from "./trainer.ts";

/** Files that are looked into at once: enough to keep a disk busy, few enough to stop soon. */
const blockLength = 64;

/** A picture with what its header says and the caption file that the trainer would take, read. */
export interface PictureWithCaption {
  readonly image: string;
  readonly size: Measured;
  readonly captionFile: string | undefined;
  readonly caption: TextRead | undefined;
}

/** Reads pictures with their caption files, in order, a block at a time. */
export async function* readPictures(
  folder: TrainerFolder,
  images: readonly TrainerFile[],
  captionFileOf: (image: string) => string | undefined,
): AsyncGenerator<PictureWithCaption> {
  for (let from = 0; from < images.length; from += blockLength) {
    const block = images.slice(from, from + blockLength).map(({ path }) => path);
    const files = block.map(captionFileOf);
    const [sizes, texts] = await Promise.all([folder.measure(block), folder.readTexts(files.filter((file) => file !== undefined))]);
    let next = 0;
    for (const [at, image] of block.entries()) {
      const captionFile = files[at];
      const caption = captionFile === undefined ? undefined : texts[next];
      if (captionFile !== undefined) next += 1;
      yield { image, size: sizes[at] ?? "unknown", captionFile, caption };
    }
  }
}

/** The size of a pair, where it is known. */
export function sizeOf(measured: Measured): { readonly size?: PictureSize } {
  return typeof measured === "string" ? {} : { size: measured };
}

/** The caption file `<stem><extension>` of a picture, where it is there. */
export function sidecarFinder({ files }: TrainerFolder, extension: string): (image: string) => string | undefined {
  const paths = new Set(files.map(({ path }) => path));
  return (image) => {
    const path = splitExtension(image)[0] + extension;
    return paths.has(path) ? path : undefined;
  };
}

/** Pictures that would share one caption file because their names differ in the extension alone: one finding a file. */
export function* sharedCaptions(
  images: readonly TrainerFile[],
  captionFileOf: (image: string) => string | undefined,
): Generator<ReadEvent> {
  const first = new Map<string, string>();
  for (const { path } of images) {
    const file = captionFileOf(path);
    if (file === undefined) continue;
    const other = first.get(file);
    if (other === undefined) first.set(file, path);
    else yield finding("sharedCaption", "warning", { file: path, message: `${path} and ${other} are both read with ${file}` });
  }
}

const captionExtensions: ReadonlySet<string> = new Set([".txt", ".caption", ".tags", ".json"]);

/** Of a picture without a caption file, whether one of another extension lies beside it: then an option is wrong rather than the data. */
export function otherCaptions({ files }: TrainerFolder, extension: string): (image: string) => ReadEvent | undefined {
  const byStem = new Map<string, string>();
  for (const { path } of files)
    if (captionExtensions.has(lowerExtension(path)) && !path.endsWith(extension)) byStem.set(splitExtension(path)[0], path);
  return (image) => {
    const file = byStem.get(splitExtension(image)[0]);
    if (file === undefined) return undefined;
    return finding("otherExtension", "warning", { file, message: `${file} is not read: captions are looked for as ${extension}` });
  };
}

/** OneTrainer's masks among the pictures that another trainer reads. */
export function* masksAsPictures(images: readonly TrainerFile[], trainer: string): Generator<ReadEvent> {
  for (const { path } of images) {
    if (!isMask(path)) continue;
    yield finding("maskAsPicture", "warning", {
      file: path,
      message: `${path} is a mask by its name, and ${trainer} trains on it as a picture`,
    });
  }
}

/** A byte order mark that no trainer removes: it goes to the tokenizer. */
export function* byteOrderMark(file: string, text: string): Generator<ReadEvent> {
  if (!text.startsWith("\ufeff")) return;
  yield finding("markedUtf8", "warning", { file, message: `${file} begins with a byte order mark, which stays in the caption` });
}
