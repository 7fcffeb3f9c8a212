import { resolve } from "node:path";
import type { Problem } from "../../core/problem.ts";
import type { Sample } from "../../core/sample.ts";
import type { Progress } from "../../core/stages.ts";
import type { Env } from "../env.ts";
import type { FittingFormat, Reading } from "./discoveredCache.ts";
import { digestOf, loadReading, saveReading } from "./discoveredCache.ts";
import { DiscoverError } from "./discoverError.ts";
import { formatReaders } from "./formats.ts";
import type { Listing } from "./listing.ts";
import { comparePaths, createListing, extensionOf } from "./listing.ts";
import { listingProblems } from "./listingProblems.ts";
import type { DiscoverOptions, FormatId, FormatReader, ReadContext } from "./reader.ts";
import { checkRoot, problemOfWriting } from "./rootFolder.ts";
import { createTextCache } from "./textCache.ts";
import { walk } from "./walk.ts";

/**
 * A dataset as it lies in its folder. Samples are in code-unit order of their ids, which are unique; problems in order of their files.
 * `formatReason` is a sentence for people; `alternatives` are the other formats that fit, the best first.
 */
export interface Discovered {
  readonly root: string;
  readonly format: FormatId;
  readonly formatReason: string;
  readonly alternatives: readonly FittingFormat[];
  readonly samples: readonly Sample[];
  readonly problems: readonly Problem[];
}

/** What a person says about the dataset, and how the caller follows and stops the work. */
export interface DiscoverSettings extends DiscoverOptions {
  /** Called at most every 100 ms and at the end. The unit is files: pictures, or archives and tables that hold them. */
  readonly onProgress?: (progress: Progress) => void;
  readonly signal?: AbortSignal;
}

const progressEveryMs = 100;
const containerExtensions: ReadonlySet<string> = new Set([".tar", ".parquet"]);

/**
 * Looks at a folder in place: lists it, finds its format (or takes the one given) and reads its samples. Nothing is copied or changed.
 * A second look at an unchanged folder opens none of its files. Throws DiscoverError where there is no dataset, and the signal's reason.
 */
export async function discover(env: Env, root: string, settings: DiscoverSettings = {}): Promise<Discovered> {
  const { onProgress, signal, ...options } = settings;
  const absolute = resolve(root);
  await checkRoot(absolute);
  const walked = await walk(env, absolute, signal);
  const listing = createListing(absolute, walked.files);
  if (listing.files.length === 0)
    throw new DiscoverError("emptyFolder", `${absolute} holds no files to look at; give a folder with pictures`);
  const report = createReport(env, listing, onProgress);
  const reading = await readCached(env, listing, { options, signal, report });
  const readOnly = await problemOfWriting(absolute);
  const problems = [...walked.problems, ...listingProblems(listing), ...reading.problems, ...(readOnly === undefined ? [] : [readOnly])];
  const { chosen, alternatives, samples } = reading;
  env.log("discover", `${absolute}: ${samples.length} samples, ${chosen.format} (${chosen.reason}), ${problems.length} problems`);
  return {
    root: absolute,
    format: chosen.format,
    formatReason: chosen.reason,
    alternatives,
    samples,
    problems: problems.sort(compareProblems),
  };
}

interface Report {
  readonly sample: (sample: Sample) => void;
  readonly end: (from: "read" | "cached") => void;
}

interface Reads {
  readonly options: DiscoverOptions;
  readonly signal: AbortSignal | undefined;
  readonly report: Report;
}

async function readCached(env: Env, listing: Listing, { options, signal, report }: Reads): Promise<Reading> {
  const digest = digestOf(listing, options);
  const kept = await loadReading(env, listing.root, digest);
  if (kept !== undefined) {
    report.end("cached");
    return kept;
  }
  const readAtMs = env.now();
  const texts = createTextCache(env, listing);
  const context: ReadContext = { env, listing, options, readText: texts.read, ...(signal === undefined ? {} : { signal }) };
  const fitting = await detectFormats(context);
  const [chosen, ...alternatives] = orderFormats(listing, fitting, options.format);
  if (chosen === undefined) throw new DiscoverError("noFormat", noFormat(listing));
  const reader = formatReaders.find(({ id }) => id === chosen.format) as FormatReader;
  const reading: Reading = { chosen, alternatives, ...(await readAll(reader, context, report)) };
  report.end("read");
  await texts.save();
  await saveReading(env, listing, { reading, digest, readAtMs });
  return reading;
}

async function detectFormats(context: ReadContext): Promise<FittingFormat[]> {
  const fitting: FittingFormat[] = [];
  for (const reader of formatReaders) {
    context.signal?.throwIfAborted();
    const detection = await reader.detect(context).catch((error: unknown) => {
      context.signal?.throwIfAborted();
      context.env.log("discover", `${reader.id} could not look at ${context.listing.root}: ${String(error)}`);
      return undefined;
    });
    if (detection !== undefined && detection.confidence > 0) fitting.push({ format: reader.id, ...detection });
  }
  return fitting.sort((a, b) => b.confidence - a.confidence); // stable: the registry's order decides a tie
}

function orderFormats({ root }: Listing, fitting: readonly FittingFormat[], given: FormatId | undefined): readonly FittingFormat[] {
  if (given === undefined) return fitting;
  const chosen = fitting.find(({ format }) => format === given);
  if (chosen !== undefined) return [chosen, ...fitting.filter((other) => other !== chosen)];
  const others = fitting.map(({ format }) => format).join(", ");
  const name = formatReaders.find(({ id }) => id === given)?.name ?? given;
  const instead = others === "" ? "no other format fits either" : `what fits is ${others}`;
  throw new DiscoverError("unfitFormat", `${root} can't be read as ${given} (${name}): nothing in it has that form; ${instead}`);
}

async function readAll(reader: FormatReader, context: ReadContext, report: Report): Promise<Pick<Reading, "samples" | "problems">> {
  const samples = new Map<string, Sample>();
  const problems: Problem[] = [];
  for await (const found of reader.read(context)) {
    context.signal?.throwIfAborted();
    if (found.kind === "problem") problems.push(found.problem);
    else if (samples.has(found.sample.id)) problems.push(repeated(found.sample));
    else {
      samples.set(found.sample.id, found.sample);
      if (found.sample.sizeBytes === 0) problems.push(emptyFile(found.sample));
      report.sample(found.sample);
    }
  }
  return { samples: [...samples.values()].sort((a, b) => comparePaths(a.id, b.id)), problems };
}

/** Counts the files that samples come from, so that the total is known before the first report whatever the format is. */
function createReport(env: Env, { images, files }: Listing, onProgress: ((progress: Progress) => void) | undefined): Report {
  const total = images.length + files.filter(({ path }) => containerExtensions.has(extensionOf(path))).length;
  let [done, reportedMs, container] = [0, env.now(), ""];
  const send = (counts: Pick<Progress, "done" | "cached">): void => onProgress?.({ stage: "discover", ...counts, total });
  return {
    sample: ({ locator }) => {
      const name = locator.kind === "file" ? "" : locator.kind === "member" ? locator.archive : locator.table;
      if (name === "" || name !== container) done = Math.min(done + 1, total);
      container = name;
      if (env.now() - reportedMs < progressEveryMs) return;
      reportedMs = env.now();
      send({ done, cached: 0 });
    },
    end: (from) => {
      send(from === "cached" ? { done: 0, cached: total } : { done: total, cached: 0 });
    },
  };
}

function emptyFile({ id, locator }: Sample): Problem {
  const file = locator.kind === "file" ? id : locator.kind === "member" ? locator.archive : locator.table;
  return {
    code: "emptyFile",
    severity: "error",
    sample: id,
    file,
    message: `${id} is empty (0 bytes)`,
    hint: "Bring the picture back, or remove it",
  };
}

function repeated({ id }: Sample): Problem {
  const message = `${id} is named twice; the first one was taken`;
  return { code: "malformedRow", severity: "warning", sample: id, file: id, message, hint: "Remove one of the two" };
}

function noFormat({ root, files }: Listing): string {
  return `${root} holds ${files.length} files but neither pictures nor a table of captions that Winnow reads; give the folder that holds the pictures`;
}

function compareProblems(a: Problem, b: Problem): number {
  return comparePaths(a.file, b.file) || comparePaths(a.code, b.code) || comparePaths(a.message, b.message);
}
