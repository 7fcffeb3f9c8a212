import type { ContentHash } from "../../core/sample.ts";
import type { ArchivePart, Measured, TextRead, TrainerFolder } from "../../core/trainers/trainer.ts";
import { splitMemberName } from "../../core/formats/webdatasetKey.ts";
import { readPictureSize } from "../decode/pictureSize.ts";
import { checkRoot } from "../discover/rootFolder.ts";
import type { ListedFile, Listing } from "../discover/listing.ts";
import { createListing, openPathOf } from "../discover/listing.ts";
import { walkTar } from "../store/tarIndex.ts";
import { walk } from "../discover/walk.ts";
import type { Env } from "../env.ts";
import { openFacts, type FactStore } from "../store/facts.ts";
import { readBytes } from "../store/files.ts";
import { openStatIndex, type StatIndex } from "../store/statIndex.ts";

const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Looks at a folder as a trainer would meet it, with everything that lies in it. Throws DiscoverError where there is none, and the signal's reason. */
export async function openTrainerFolder(env: Env, root: string, signal: AbortSignal): Promise<TrainerFolder> {
  await checkRoot(root);
  const listing = createListing(root, (await walk(env, root, signal, "all")).files);
  const known = { index: await openStatIndex(env, root), facts: await openFacts(env) };
  return {
    root: root.replaceAll("\\", "/").replace(/\/$/, ""),
    files: listing.files,
    readTexts: (paths) => {
      signal.throwIfAborted();
      return Promise.all(paths.map((path) => readText(env, listing, path)));
    },
    measure: (paths) => {
      signal.throwIfAborted();
      return Promise.all(paths.map((path) => measure(env, listing, { path, known })));
    },
    readArchive: (path, fields) => readArchive(env, listing, { path, fields, signal }),
  };
}

async function readText(env: Env, listing: Listing, path: string): Promise<TextRead> {
  const file = listing.byPath.get(path);
  if (file === undefined) return { kind: "unreadable", reason: "it is not there" };
  try {
    return decode(await readBytes(env, openPathOf(listing, file)));
  } catch (error) {
    return { kind: "unreadable", reason: error instanceof Error ? error.message : String(error) };
  }
}

function decode(bytes: Uint8Array): TextRead {
  try {
    return { kind: "text", text: strictUtf8.decode(bytes) };
  } catch {
    return { kind: "notUtf8" };
  }
}

/** What earlier runs learned of pictures. */
interface Known {
  readonly index: StatIndex;
  readonly facts: FactStore;
}

/** A picture that was decoded before is not opened again, and one that could not be decoded is broken whatever its header says. */
async function measure(env: Env, listing: Listing, { path, known }: { readonly path: string; readonly known: Known }): Promise<Measured> {
  const file = listing.byPath.get(path);
  if (file === undefined) return "broken";
  return measuredBefore(file, known) ?? (await readPictureSize(env, openPathOf(listing, file)));
}

function measuredBefore(file: ListedFile, { index, facts }: Known): Measured | undefined {
  const hash: ContentHash | undefined = index.hashOf(file.path, file);
  const fact = hash === undefined ? undefined : facts.get(hash);
  if (fact?.kind === "failed") return fact.problem.code === "brokenImage" || fact.problem.code === "emptyFile" ? "broken" : undefined;
  if (fact === undefined) return undefined;
  const { width, height, orientation } = fact;
  return orientation >= 5 ? { width: height, height: width, orientation } : { width, height, orientation };
}

async function* readArchive(
  env: Env,
  listing: Listing,
  { path, fields, signal }: { readonly path: string; readonly fields: readonly string[]; readonly signal: AbortSignal },
): AsyncGenerator<ArchivePart> {
  const file = listing.byPath.get(path);
  if (file === undefined) return;
  const wantsBody = (name: string): boolean => fields.includes(splitMemberName(name)?.field ?? "");
  for await (const part of walkTar(env, { path: String(openPathOf(listing, file)), sizeBytes: file.sizeBytes, wantsBody })) {
    signal.throwIfAborted();
    if (part.kind === "damage") yield part;
    else if (part.kind === "member")
      yield { kind: "member", name: part.name, ...(part.body === undefined ? {} : { text: decode(part.body) }) };
  }
}
