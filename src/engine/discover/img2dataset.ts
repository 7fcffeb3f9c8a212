import type { Problem } from "../../core/problem.ts";
import { mapInOrder } from "../store/concurrent.ts";
import type { ListedFile, Listing } from "./listing.ts";
import { baseOf, extensionOf, folderOf, stemOf } from "./listing.ts";
import { limitProblems } from "./problemLimit.ts";
import type { Detection, FormatReader, Found, ReadContext } from "./reader.ts";
import { sampleFromFile } from "./samples.ts";
import { readCaptionFile } from "./sidecar.ts";
import { splitFromPath } from "./splits.ts";
import { isRecord } from "./tableRows.ts";
import { readJson } from "./tableText.ts";
import { listShards, readShards, shareOfBytes } from "./webdataset.ts";

/**
 * What img2dataset writes (rom1504/img2dataset, writer.py) as files (`00000/000000000.jpg`, `.txt`, `.json`) or as WebDataset shards, with
 * a `00000_stats.json` beside each folder or shard.
 */
export const img2datasetReader: FormatReader = {
  id: "img2dataset",
  name: "img2dataset",
  detect,
  read: (context) => limitProblems(read(context)),
};

const statsPattern = /^\d{5,}_stats\.json$/;
const readsAtOnce = 64;

function detect({ listing }: ReadContext): Promise<Detection | undefined> {
  return Promise.resolve(detectIn(listing));
}

function detectIn(listing: Listing): Detection | undefined {
  const stats = listStats(listing);
  if (stats.length === 0) return undefined;
  const shards = downloadedShards(listing, stats);
  const images = downloadedImages(listing, stats);
  if (shards.length === 0 && images.length === 0) return undefined;
  const share = shards.length === 0 ? images.length / listing.images.length : shareOfBytes(listing, shards);
  const what = shards.length === 0 ? `${images.length} pictures in numbered folders` : `${shards.length} numbered shards`;
  return { confidence: 0.96 * share, reason: `${what} with img2dataset's statistics beside them` };
}

async function* read(context: ReadContext): AsyncGenerator<Found> {
  const { listing } = context;
  const stats = listStats(listing);
  const failed = await failedDownloads(context, stats);
  if (failed !== undefined) yield { kind: "problem", problem: failed };
  yield* readShards(context);
  const images = downloadedImages(listing, stats);
  for await (const found of mapInOrder(images, readsAtOnce, (image) => readImage(context, image))) yield* found;
}

async function readImage(context: ReadContext, image: ListedFile): Promise<Found[]> {
  const { listing, options } = context;
  context.signal?.throwIfAborted();
  const stem = stemOf(image.path);
  const json = options.captionColumn === undefined ? undefined : listing.byPath.get(`${stem}.json`);
  const file = json ?? listing.byPath.get(`${stem}.txt`) ?? listing.byPath.get(`${stem}.json`);
  const split = splitFromPath(image.path);
  if (file === undefined) {
    const message = `${image.path} has no caption: neither a .txt nor a .json lies beside it`;
    const hint = "Write the caption, or drop the picture";
    const problem: Problem = { code: "missingCaption", severity: "warning", sample: image.path, file: image.path, message, hint };
    return [
      { kind: "problem", problem },
      { kind: "sample", sample: sampleFromFile(listing, image, [], split) },
    ];
  }
  const { captions, problems } = await readCaptionFile(context, { image, file, mode: options.captions ?? "one" });
  const sample = sampleFromFile(listing, image, captions, split);
  return [...problems.map((problem): Found => ({ kind: "problem", problem })), { kind: "sample", sample }];
}

function listStats(listing: Listing): ListedFile[] {
  return listing.files.filter(({ path }) => statsPattern.test(baseOf(path)));
}

/** What stands for a shard beside its statistics: `out/00000` of `out/00000_stats.json`. */
function shardStems(stats: readonly ListedFile[]): ReadonlySet<string> {
  return new Set(stats.map(({ path }) => path.slice(0, -"_stats.json".length)));
}

function downloadedShards(listing: Listing, stats: readonly ListedFile[]): ListedFile[] {
  const stems = shardStems(stats);
  return listShards(listing).filter(({ path }) => stems.has(stemOf(path)));
}

function downloadedImages(listing: Listing, stats: readonly ListedFile[]): ListedFile[] {
  const stems = shardStems(stats);
  return listing.images.filter(({ path }) => stems.has(folderOf(path)) && extensionOf(path) !== "");
}

/** One note on all links that gave no picture, from the statistics. */
async function failedDownloads(context: ReadContext, stats: readonly ListedFile[]): Promise<Problem | undefined> {
  let count = 0;
  let successes = 0;
  for await (const { value } of mapInOrder(stats, readsAtOnce, (file) => readJson(context, file))) {
    if (!isRecord(value)) continue;
    count += numberOf(value["count"]);
    successes += numberOf(value["successes"]);
  }
  const [first] = stats;
  if (first === undefined || count <= successes) return undefined;
  const message = `img2dataset could not get ${count - successes} of ${count} links; those have no picture here`;
  const hint = "Nothing to do, unless you want to download them again";
  return { code: "failedDownload", severity: "note", file: first.path, message, hint };
}

function numberOf(value: unknown): number {
  return typeof value === "number" && Number.isFinite(value) ? value : 0;
}
