import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Problem } from "../../core/problem.ts";
import type { Sample } from "../../core/sample.ts";
import type { Env } from "../env.ts";
import { writeAtomically } from "../store/files.ts";
import { clockGrainMs } from "../store/stampedMap.ts";
import { datasetCacheFolder } from "../store/statIndex.ts";
import type { Listing } from "./listing.ts";
import { isImagePath } from "./listing.ts";
import type { DiscoverOptions, FormatId } from "./reader.ts";

/** A format that fits a folder, and why. */
export interface FittingFormat {
  readonly format: FormatId;
  readonly confidence: number;
  readonly reason: string;
}

/** What the readers made of a listing; `alternatives` are the other formats that fit, the best first. */
export interface Reading {
  readonly chosen: FittingFormat;
  readonly alternatives: readonly FittingFormat[];
  readonly samples: readonly Sample[];
  readonly problems: readonly Problem[];
}

/** To be raised whenever a reader reads differently, so that no answer of an older one is taken. */
const schema = 1;
const newLine = 0x0a;
/** Some 16 MB of text a piece: one string of all the samples could pass the longest that there can be. */
const linesAPiece = 1 << 15;

/** Digest of all that a reading depends on: names, sizes, times and inodes of all files, and the options. */
export function digestOf({ root, files }: Listing, options: DiscoverOptions): string {
  const hash = createHash("sha256").update(JSON.stringify([schema, root, Object.entries(options).sort()]));
  let lines = "";
  for (const { path, sizeBytes, mtimeMs, inode } of files) {
    lines += `${path}\0${sizeBytes} ${mtimeMs} ${inode}\n`;
    if (lines.length < 1 << 16) continue;
    hash.update(lines);
    lines = "";
  }
  return hash.update(lines).digest("hex");
}

/** The reading that was kept under this digest; undefined where there is none or it is broken. */
export async function loadReading(env: Env, root: string, digest: string): Promise<Reading | undefined> {
  try {
    const lines = eachLine(await readFile(pathOf(env, root)));
    const header = JSON.parse(lines.next().value ?? "") as { digest: string; count: number } & Reading;
    if (header.digest !== digest) return undefined;
    const { chosen, alternatives, problems } = header;
    const samples: Sample[] = [];
    for (const line of lines) samples.push(parseSample(line));
    return samples.length === header.count ? { chosen, alternatives, samples, problems } : undefined;
  } catch {
    return undefined;
  }
}

/** Keeps a reading, unless a file that was read may change without its stamp changing. `readAtMs`: the time before the first read. */
export async function saveReading(
  env: Env,
  listing: Listing,
  { reading, digest, readAtMs }: { readonly reading: Reading; readonly digest: string; readonly readAtMs: number },
): Promise<void> {
  const isFresh = listing.files.some(({ path, mtimeMs }) => !isImagePath(path) && readAtMs - mtimeMs < clockGrainMs);
  if (isFresh) return;
  const { samples, ...rest } = reading;
  const parts = [Buffer.from(`${JSON.stringify({ digest, count: samples.length, ...rest })}\n`)];
  for (let from = 0; from < samples.length; from += linesAPiece) {
    const piece = samples.slice(from, from + linesAPiece);
    parts.push(Buffer.from(piece.map((sample) => `${formatSample(sample)}\n`).join("")));
  }
  await writeAtomically(pathOf(env, listing.root), Buffer.concat(parts));
}

function pathOf(env: Env, root: string): string {
  return join(datasetCacheFolder(env, root), "discovered.jsonl");
}

function* eachLine(bytes: Buffer): Generator<string, void> {
  for (let from = 0; from < bytes.length;) {
    const end = bytes.indexOf(newLine, from);
    if (end < 0) return;
    yield bytes.toString("utf8", from, end);
    from = end + 1;
  }
}

/** JSON has no bytes: the raw name of a file travels as base64. */
function formatSample(sample: Sample): string {
  const { locator } = sample;
  if (locator.kind !== "file" || locator.nameBytes === undefined) return JSON.stringify(sample);
  return JSON.stringify({ ...sample, locator: { ...locator, nameBytes: Buffer.from(locator.nameBytes).toString("base64") } });
}

function parseSample(line: string): Sample {
  const sample = JSON.parse(line) as Sample;
  const { locator } = sample;
  if (locator.kind !== "file" || locator.nameBytes === undefined) return sample;
  const nameBytes = Uint8Array.from(Buffer.from(locator.nameBytes as unknown as string, "base64"));
  return { ...sample, locator: { ...locator, nameBytes } };
}
