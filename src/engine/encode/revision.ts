import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { sortKeys } from "../../core/recipe.ts";
import type { Env } from "../env.ts";
import { sha256, writeAtomically } from "../store/files.ts";

/** Digits of a digest in an encoder's id: 48 bits keep apart what a person will ever have. */
const shownDigits = 12;

/** What tools write anew whenever a model is saved, and no vector depends on. */
const passingKeys: ReadonlySet<string> = new Set(["transformers_version"]);

/**
 * The first 12 hexadecimal digits of a SHA-256 over the names of a model's files with what they hold: bytes, and of JSON its values, so that a file that is merely
 * written anew (order of keys, white space) keeps the vectors that there are. Each file's digest is kept in the cache by size and time of change: reading 600 MB at every start is slow.
 */
export async function readRevision(env: Env, files: readonly string[]): Promise<string> {
  const digests: string[] = [];
  for (const file of [...files].sort()) digests.push(`${basename(file)} ${await digestOf(env, file)}\n`);
  return sha256(digests.join("")).slice(0, shownDigits);
}

/** The first 12 digits of the SHA-256 of a value's JSON. */
export function shortDigest(value: unknown): string {
  return sha256(JSON.stringify(value)).slice(0, shownDigits);
}

async function digestOf(env: Env, file: string): Promise<string> {
  const { size, mtimeMs } = await stat(file);
  const cached = join(env.cacheFolder, "digests", `${sha256(file)}.json`);
  const stamp = { schema: 2, file, size, mtimeMs };
  const known = await readKnown(cached);
  if (known !== undefined && JSON.stringify({ ...known, digest: undefined }) === JSON.stringify(stamp)) return known.digest;
  const digest = (file.endsWith(".json") ? await digestOfJson(file) : undefined) ?? (await digestOfBytes(file));
  await writeAtomically(cached, JSON.stringify({ ...stamp, digest }));
  return digest;
}

/** Undefined where it is no JSON: whoever reads it next says so. */
async function digestOfJson(file: string): Promise<string | undefined> {
  const text = await readFile(file, "utf8");
  try {
    const value: unknown = JSON.parse(text);
    return sha256(JSON.stringify(sortKeys(value), (key, inner: unknown) => (passingKeys.has(key) ? undefined : inner)));
  } catch {
    return undefined;
  }
}

async function digestOfBytes(file: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  return hash.digest("hex");
}

async function readKnown(path: string): Promise<{ readonly digest: string } | undefined> {
  try {
    return JSON.parse(await readFile(path, "utf8")) as { readonly digest: string };
  } catch {
    return undefined;
  }
}
