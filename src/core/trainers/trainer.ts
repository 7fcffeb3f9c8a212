import type { OptionTable, Options } from "../prune/options.ts";
import type { Severity } from "../problem.ts";

/** A file of the folder that a trainer is given: its path below the root, with forward slashes. */
export interface TrainerFile {
  readonly path: string;
  readonly sizeBytes: number;
  readonly mtimeMs: number;
}

/** The size that a picture's header tells, before any turning by EXIF: trainers that sort by size read no more. */
export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

/** What looking at a picture's header gave: its size and EXIF's orientation (1 is upright) where it is known, that it can't be opened, or nothing where its format isn't known here. */
export type Measured = (PictureSize & { readonly orientation?: number }) | "broken" | "unknown";

/** A file that was read as text: its UTF-8 with a byte order mark where it has one, or why it is none. */
export type TextRead =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "notUtf8" }
  | { readonly kind: "unreadable"; readonly reason: string };

/** A member of a tar archive; `text` where it is one that trainers read as text. Damage ends an archive. */
export type ArchivePart =
  { readonly kind: "member"; readonly name: string; readonly text?: TextRead } | { readonly kind: "damage"; readonly reason: string };

/** The folder that a trainer is given, as the rules see it: all files in the order of their paths, and a way to look into them. */
export interface TrainerFolder {
  /** Absolute path with forward slashes. */
  readonly root: string;
  readonly files: readonly TrainerFile[];
  /** The files as text, in the order asked for. */
  readTexts(paths: readonly string[]): Promise<readonly TextRead[]>;
  /** What the pictures' headers tell, in the order asked for. */
  measure(paths: readonly string[]): Promise<readonly Measured[]>;
  /** The members of a tar archive in their order; those are read as text whose field is named. */
  readArchive(path: string, textFields: readonly string[]): AsyncIterable<ArchivePart>;
}

/** What may become of a folder in a trainer's hands. One line a code; what it means is in `findingTitles`. */
export type TrainerFindingCode =
  | "badMetadata"
  | "brokenArchive"
  | "brokenKey"
  | "brokenPicture"
  | "changedText"
  | "emptyCaption"
  | "firstLineOnly"
  | "ignoredFolder"
  | "ignoredPicture"
  | "markedUtf8"
  | "maskAsPicture"
  | "maskFound"
  | "missingCaption"
  | "missingPicture"
  | "noPictures"
  | "noSizes"
  | "notUtf8"
  | "otherExtension"
  | "readAsNan"
  | "severalCaptions"
  | "sharedCaption"
  | "splitLeftOut"
  | "unturnedPicture"
  | "wildcard";

/**
 * A pair as the trainer reads it, or something that a person should know about a file. `texts` are the captions as they reach the tokenizer: one, or
 * alternatives of which one is drawn each time; none where the trainer has no text. `set` names the part that repeats: a folder, a split, a shard.
 * `stops` is set where the trainer ends there with an error.
 */
export type ReadEvent =
  | {
      readonly kind: "pair";
      readonly image: string;
      readonly texts: readonly string[];
      readonly set: string;
      readonly repeats: number;
      readonly size?: PictureSize;
    }
  | {
      readonly kind: "finding";
      readonly code: TrainerFindingCode;
      readonly severity: Severity;
      readonly file: string;
      readonly message: string;
      readonly stops?: true;
    };

/** The size that a picture is trained at, and whether it is enlarged for that. */
export interface TrainingSize extends PictureSize {
  readonly isUpscaled: boolean;
}

/** One trainer's way of reading a folder. One file and one line in the registry make a new one appear in the CLI and the editor. */
export interface Trainer {
  readonly id: string;
  readonly name: string;
  /** What the rules were read from. */
  readonly source: string;
  /** Options beside `commonOptions`. */
  readonly options: OptionTable;
  readonly read: (folder: TrainerFolder, options: Options) => AsyncIterable<ReadEvent>;
  /** The size that a picture is trained at, where the trainer sorts by size; a sentence where the options contradict each other. */
  readonly sizeFor?: (options: Options) => ((size: PictureSize) => TrainingSize) | string;
  /** Batches of one epoch from the pictures of each size, repeats counted; left out where the trainer counts in another way. */
  readonly batches?: (imagesOfSize: readonly number[], batchSize: number) => number;
}

/** Options that every trainer has. `tokens` counts without the special ones. */
export const commonOptions = {
  trigger: { kind: "text", about: "the word that captions should hold" },
  tokens: { kind: "number", about: "tokens of a caption that are read, special ones not counted" },
  batchSize: { kind: "number", about: "pictures a step", otherwise: 1 },
  epochs: { kind: "number", about: "times that all is shown", otherwise: 1 },
} as const satisfies OptionTable;
