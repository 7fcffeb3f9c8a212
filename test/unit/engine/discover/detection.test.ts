import { afterEach, describe, expect, it } from "vitest";
import { cocoReader } from "../../../../src/engine/discover/coco.ts";
import { flickrReader } from "../../../../src/engine/discover/flickr.ts";
import { imagefolderReader } from "../../../../src/engine/discover/imagefolder.ts";
import { img2datasetReader } from "../../../../src/engine/discover/img2dataset.ts";
import { img2datasetParquetReader } from "../../../../src/engine/discover/img2datasetParquet.ts";
import { jsonlReader } from "../../../../src/engine/discover/jsonl.ts";
import { karpathyReader } from "../../../../src/engine/discover/karpathy.ts";
import { kohyaReader } from "../../../../src/engine/discover/kohya.ts";
import { kohyaMetadataReader } from "../../../../src/engine/discover/kohyaMetadata.ts";
import { openClipReader } from "../../../../src/engine/discover/openClip.ts";
import { sidecarReader } from "../../../../src/engine/discover/sidecar.ts";
import { webdatasetReader } from "../../../../src/engine/discover/webdataset.ts";
import { createDataset } from "./dataset.ts";
import type { TestDataset } from "./dataset.ts";
import { contextOf } from "./readWith.ts";
import { tarOf } from "./tar.ts";

const readers = [
  sidecarReader,
  kohyaReader,
  kohyaMetadataReader,
  imagefolderReader,
  cocoReader,
  karpathyReader,
  flickrReader,
  openClipReader,
  jsonlReader,
  webdatasetReader,
  img2datasetReader,
  img2datasetParquetReader,
];

let dataset: TestDataset | undefined;
afterEach(() => dataset?.remove());

async function bestOf(files: Readonly<Record<string, string | Uint8Array>>): Promise<string> {
  dataset = await createDataset(files);
  const context = await contextOf(dataset);
  const found = await Promise.all(readers.map(async ({ id, detect }) => ({ id, confidence: (await detect(context))?.confidence ?? 0 })));
  const [first, second] = found.sort((a, b) => b.confidence - a.confidence);
  expect((first?.confidence ?? 0) - (second?.confidence ?? 0)).toBeGreaterThan(0.05);
  return first?.id ?? "";
}

function imagesOf(count: number, folder = ""): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`${folder}${index}.jpg`, "x"]));
}

function withSidecars(count: number): Record<string, string> {
  const texts = Object.fromEntries(Array.from({ length: count }, (_, index) => [`${index}.txt`, "a dog"]));
  return { ...imagesOf(count), ...texts };
}

const images = Array.from({ length: 20 }, (_, id) => ({ id, file_name: `${id}.jpg` }));
const annotations = images.map(({ id }) => ({ id, image_id: id, caption: "a dog" }));
const coco = JSON.stringify({ images, annotations });
const rows = images.map(({ file_name }) => `${file_name},a dog\n`).join("");

describe("detection", () => {
  it.each<[string, Record<string, string | Uint8Array>]>([
    [
      "sidecar",
      { ...withSidecars(20), "stray.json": JSON.stringify({ images: images.slice(0, 2), annotations: annotations.slice(0, 2) }) },
    ],
    ["sidecar", { ...withSidecars(20), "stray.csv": "filepath,title\n0.jpg,a dog\n" }],
    ["sidecar", { ...withSidecars(20), "elsewhere.csv": rows.replaceAll(/\d+\.jpg/g, "gone.jpg").replace(/^/, "filepath,title\n") }],
    ["sidecar", { ...withSidecars(20), "log.jsonl": '{"path":"/var/log/x","text":"started"}\n'.repeat(50) }],
    ["sidecar", { ...withSidecars(20), "backup.tar": "not a tar at all" }],
    ["coco", { ...imagesOf(20, "train2017/"), "annotations/captions_train2017.json": coco }],
    [
      "karpathy",
      {
        ...imagesOf(20),
        "dataset.json": JSON.stringify({
          images: images.map(({ file_name }) => ({ filename: file_name, split: "train", sentences: [{ raw: "a dog" }] })),
        }),
      },
    ],
    ["flickr", { ...imagesOf(20, "Images/"), "captions.txt": `image,caption\n${rows}` }],
    [
      "flickr",
      {
        ...imagesOf(20),
        "results.csv": `image_name| comment_number| comment\n${images.map(({ file_name }) => `${file_name}| 0| a dog\n`).join("")}`,
      },
    ],
    ["openClip", { ...imagesOf(20), "train.csv": `filepath,title\n${rows}` }],
    ["openClip", { ...imagesOf(20), "pairs.tsv": `image\tcaption\n${rows.replaceAll(",", "\t")}` }],
    ["imagefolder", { ...imagesOf(20, "train/"), "train/metadata.csv": `file_name,text\n${rows}` }],
    [
      "imagefolder",
      { ...imagesOf(20), "metadata.jsonl": images.map(({ file_name }) => `${JSON.stringify({ file_name, text: "a dog" })}\n`).join("") },
    ],
    [
      "jsonl",
      { ...imagesOf(20), "data.jsonl": images.map(({ file_name }) => `${JSON.stringify({ image: file_name, text: "a dog" })}\n`).join("") },
    ],
  ])("chooses %s, case %#", async (format, files) => {
    expect(await bestOf(files)).toBe(format);
  });

  it("chooses webdataset for shards with loose previews beside them", async () => {
    const shard = await tarOf([
      ["0.jpg", Buffer.alloc(9000)],
      ["0.txt", "a dog"],
    ]);
    expect(await bestOf({ "00000.tar": shard, "preview.jpg": "x" })).toBe("webdataset");
  });

  it("chooses img2dataset for its numbered folders, though they hold caption files too", async () => {
    const files = { "00000/000000000.jpg": "x", "00000/000000000.txt": "a dog", "00000/000000000.json": '{"caption":"a dog"}' };
    expect(await bestOf({ ...files, "00000_stats.json": '{"count":1,"successes":1}' })).toBe("img2dataset");
  });
});
