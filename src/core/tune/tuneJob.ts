import type { EncoderId } from "../encoder.ts";

/** A text file that configures a job: its path below the job's folder, with forward slashes, and all of its text. */
export interface JobFile {
  readonly path: string;
  readonly text: string;
}

/** What a job trains on: images, the pairs that are made of them, and the different texts among those. `shown` counts images an epoch, repeats counted. */
export interface JobData {
  readonly images: number;
  readonly pairs: number;
  readonly captions: number;
  readonly shown: number;
}

/** What a job's pairs were taken from: the encoder that scored them, how much of them is held out, by which seed, and a digest of them all. */
export interface JobOrigin {
  readonly encoder: { readonly id: EncoderId; readonly folder: string; readonly name: string };
  readonly heldOut: string;
  readonly seed: number;
  readonly digest: string;
}

/**
 * What a fine-tune will run, as data, before it runs, and what is kept of it so that the run can be repeated. `command` is a program and `args` its words, never a line for a shell;
 * `env` comes beside what the environment has. `cwd` is an absolute path: where the program starts. `files` lie below `folder`, an absolute path too; what is trained on is not among
 * them. What can't be known before the run is undefined: `steps` of the optimizer, `seconds` on this machine, `memoryBytes` of the device. `epochs` and `origin` are told by the jobs of encoders.
 */
export interface TuneJob {
  readonly schema: 1;
  /** The trainer's id in the registry. */
  readonly trainer: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly folder: string;
  readonly files: readonly JobFile[];
  readonly data: JobData;
  readonly epochs?: number | undefined;
  readonly origin?: JobOrigin | undefined;
  readonly steps: number | undefined;
  readonly seconds: number | undefined;
  readonly memoryBytes: number | undefined;
}

/** The job of a trainer of encoders, which tells what its pairs were taken from. */
export type EncoderJob = TuneJob & { readonly origin: JobOrigin };
