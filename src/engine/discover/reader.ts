import type { Problem } from "../../core/problem.ts";
import type { Sample } from "../../core/sample.ts";
import type { Env } from "../env.ts";
import type { ListedFile, Listing } from "./listing.ts";
import type { FileText } from "./text.ts";

/** The formats that Winnow reads, by the word that the CLI and the settings use. */
export type FormatId =
  | "sidecar"
  | "kohya"
  | "kohyaMetadata"
  | "imagefolder"
  | "coco"
  | "karpathy"
  | "flickr"
  | "openClip"
  | "jsonl"
  | "webdataset"
  | "img2dataset"
  | "img2datasetParquet";

/** What a reader gives, one at a time: a sample, or something wrong with a file. */
export type Found = { readonly kind: "sample"; readonly sample: Sample } | { readonly kind: "problem"; readonly problem: Problem };

/** How the text of a caption file becomes captions: the whole as one, each non-empty line an alternative, or the first line alone. */
export type CaptionMode = "one" | "lines" | "first";

/** What a person may say about a dataset instead of letting it be detected. */
export interface DiscoverOptions {
  readonly format?: FormatId;
  /** How caption files are cut; "lines" where nothing is said ("first" for kohya, which reads no other line). */
  readonly captions?: CaptionMode;
  /** Extension of caption files, with its dot: one for all folders, or by folder below the root ("" is the root). */
  readonly captionExtension?: string | Readonly<Record<string, string>>;
  /** Column or field of a table that holds the caption. */
  readonly captionColumn?: string;
  /** Column or field of a table that holds the picture's path. */
  readonly imageColumn?: string;
  /** Folder below the root that the paths of a table start from, where the table does not say. */
  readonly imageFolder?: string;
}

/** All that a reader may use. `readText` decodes a text file and remembers it, so that an unchanged file is read once only. */
export interface ReadContext {
  readonly env: Env;
  readonly listing: Listing;
  readonly options: DiscoverOptions;
  readonly signal?: AbortSignal;
  readonly readText: (file: ListedFile) => Promise<FileText>;
}

/** How well a format fits a folder: 0 not at all, 1 without doubt. `reason` is a sentence for people without a stop. */
export interface Detection {
  readonly confidence: number;
  readonly reason: string;
}

/** One format of datasets. `detect` looks at the listing and at most at the beginning of a few files; `read` gives samples with unique ids. */
export interface FormatReader {
  readonly id: FormatId;
  readonly name: string;
  readonly detect: (context: ReadContext) => Promise<Detection | undefined>;
  readonly read: (context: ReadContext) => AsyncIterable<Found>;
}
