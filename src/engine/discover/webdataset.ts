import type { Problem } from "../../core/problem.ts";
import { splitMemberName } from "../../core/formats/webdatasetKey.ts";
import { mapInOrder } from "../store/concurrent.ts";
import type { ListedFile, Listing } from "./listing.ts";
import { extensionOf, isImagePath } from "./listing.ts";
import { limitProblems } from "./problemLimit.ts";
import type { Detection, FormatReader, Found, ReadContext } from "./reader.ts";
import { absolutePathOf } from "./samples.ts";
import { readShard } from "./shard.ts";
import { walkTar } from "../store/tarIndex.ts";

/** WebDataset shards: tar archives whose members share a key up to the first dot; pictures are opened in place, nothing is unpacked. */
export const webdatasetReader: FormatReader = {
  id: "webdataset",
  name: "WebDataset shards",
  detect,
  read: (context) => limitProblems(read(context)),
};

const shardsAtOnce = 4;
/** Members of a shard that are looked at to see whether it holds pictures. */
const membersLookedAt = 32;

async function detect(context: ReadContext): Promise<Detection | undefined> {
  const { listing } = context;
  const shards = listShards(listing);
  const [first] = shards;
  const packed = compressedShards(listing);
  if (first === undefined)
    return packed[0] === undefined ? undefined : { confidence: 0.02, reason: `${packed[0].path} is a compressed archive` };
  if (!(await holdsPictures(context, first)))
    return { confidence: 0.02, reason: `${first.path} is an archive without pictures at its beginning` };
  return { confidence: 0.9 * shareOfBytes(listing, shards), reason: `${shards.length} tar archives, the first of which holds pictures` };
}

async function* read(context: ReadContext): AsyncGenerator<Found> {
  for (const file of compressedShards(context.listing)) yield { kind: "problem", problem: compressed(file) };
  yield* readShards(context);
}

/** Samples of all shards of a listing, in the order of their paths. */
export async function* readShards(context: ReadContext): AsyncGenerator<Found> {
  const shards = listShards(context.listing);
  for await (const found of mapInOrder(shards, shardsAtOnce, (shard) => readShard(context, shard))) yield* found;
}

/** The tar archives of a listing. */
export function listShards(listing: Listing): ListedFile[] {
  return listing.files.filter(({ path }) => extensionOf(path) === ".tar");
}

/** Share of the pictures' bytes that lies in containers and not in loose files, in [0, 1]. */
export function shareOfBytes({ images }: Listing, containers: readonly ListedFile[]): number {
  const sum = (files: readonly ListedFile[]): number => files.reduce((total, { sizeBytes }) => total + sizeBytes, 0);
  const inside = sum(containers);
  return inside / Math.max(1, inside + sum(images));
}

function compressedShards(listing: Listing): ListedFile[] {
  return listing.files.filter(({ path }) => /\.(?:tar\.(?:gz|bz2|xz|zst)|tgz)$/i.test(path));
}

async function holdsPictures(context: ReadContext, shard: ListedFile): Promise<boolean> {
  const source = { path: absolutePathOf(context.listing, shard), sizeBytes: shard.sizeBytes, wantsBody: () => false };
  let count = 0;
  for await (const part of walkTar(context.env, source)) {
    if (part.kind === "member" && splitMemberName(part.name) !== undefined && isImagePath(part.name)) return true;
    count += 1;
    if (count === membersLookedAt) return false;
  }
  return false;
}

function compressed({ path }: ListedFile): Problem {
  const message = `${path} is compressed, so the pictures in it can't be opened in place`;
  return {
    code: "brokenArchive",
    severity: "error",
    file: path,
    message,
    hint: "Unpack it to a plain .tar; pictures don't get smaller by it",
  };
}
