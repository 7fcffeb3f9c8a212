import type { Options, OptionTable } from "../../prune/options.ts";
import type { PictureSize } from "../../trainers/trainer.ts";
import type { ModelFamily } from "./families.ts";
import type { JobSettings } from "./settings.ts";
import type { SubsetPlace } from "./subsets.ts";

/** A picture that a job trains on: its path below the job's folder, and its captions with the trigger word, each on one line, at least one. */
export interface JobPicture {
  readonly path: string;
  readonly captions: readonly string[];
  readonly size: PictureSize;
}

/** Pictures that repeat alike, in one folder below the job's; all of them have a mask in `maskFolder`, or none. */
export interface JobSubset extends SubsetPlace {
  readonly folder: string;
  readonly maskFolder: string | undefined;
  readonly pictures: readonly JobPicture[];
}

/** What a configuration holds; what is undefined is left out of the file. */
export type ConfigValue = string | number | boolean | readonly ConfigValue[] | { readonly [name: string]: ConfigValue | undefined };

/** A configuration file before it is text: its path below the job's folder. */
export interface ConfigFile {
  readonly path: string;
  readonly format: "json" | "toml" | "yaml";
  readonly value: ConfigValue;
}

/** What lies beside the pictures, such as captions: its path below the job's folder, and its text in pieces. */
export interface DataFile {
  readonly path: string;
  readonly pieces: () => Iterable<string>;
}

/** What a trainer's files are made of. `folder` is the job's, absolute and with forward slashes; `options` are as `parseOptions` left them. */
export interface ImageSelection {
  readonly folder: string;
  readonly subsets: readonly JobSubset[];
  readonly prompts: readonly string[];
  readonly settings: JobSettings;
  readonly options: Options;
}

/** How a trainer is started, with its configuration; `cwd` undefined is the job's folder. `steps` are those of one device. */
export interface Configured {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string | undefined;
  readonly files: readonly ConfigFile[];
  readonly steps: number;
  /** What the trainer would stumble over though it reads the folder, each in one sentence. */
  readonly warnings?: readonly string[];
}

/** A folder of the job as one of the trainers of `read-as` reads it, and what it has to find there. */
export interface ExpectedReading {
  readonly folder: string;
  readonly trainer: string;
  readonly options: Readonly<Record<string, string | number | boolean>>;
  readonly images: number;
  readonly shown: number;
}

/** Which checkpoint a sample picture is of, and which prompt it shows, from 0. `made` orders pictures of the same by their age. */
export interface SampleName {
  readonly unit: "step" | "epoch";
  readonly at: number;
  readonly prompt: number;
  readonly made: string;
}

/** A trainer for text-to-image models. One file and one line in the registry make a new one appear in the CLI, the wizard and tasks. */
export interface ImageTrainer {
  readonly id: string;
  readonly name: string;
  /** What its conventions were read from. */
  readonly source: string;
  /** A line that gets its checkout, where it is no package. */
  readonly checkout?: string;
  /** The Python packages without which it doesn't begin. */
  readonly packages: readonly string[];
  /** The base models that it is configured for, the usual one first. */
  readonly families: readonly ModelFamily[];
  /** Options beside those of `imageJobOptions`. */
  readonly options: OptionTable;
  /** Whether it reads a picture of this name. */
  readonly reads: (name: string) => boolean;
  /** Whether it draws one of a picture's captions each time, has a row for each, or takes the first alone. */
  readonly captions: "drawn" | "rows" | "first";
  /** The folder of a subset below the job's folder, and the name of a picture in it where that isn't the picture's own. */
  readonly folderOf: (place: SubsetPlace) => string;
  readonly nameOf?: (place: SubsetPlace, name: string) => string;
  /** Where a mask goes that belongs to a picture of this name, undefined where the trainer takes none for it; left out where it takes none at all. */
  readonly maskOf?: (place: SubsetPlace, name: string) => { readonly folder: string; readonly name: string } | undefined;
  readonly dataFiles: (selection: ImageSelection) => Iterable<DataFile>;
  readonly configure: (selection: ImageSelection) => Configured;
  readonly readings: (selection: ImageSelection) => readonly ExpectedReading[];
  /** Words that let it go on from what lies in its output folder, by the names there; left out where it finds that by itself. `folder` is the job's. */
  readonly resume?: (names: readonly string[], folder: string) => readonly string[];
  /** The folder of sample pictures below the job's folder and what a picture's name says; left out where the trainer writes none. */
  readonly samples?: { readonly folder: (settings: JobSettings) => string; readonly parse: (name: string) => SampleName | undefined };
}
