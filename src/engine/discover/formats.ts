import { cocoReader } from "./coco.ts";
import { flickrReader } from "./flickr.ts";
import { imagefolderReader } from "./imagefolder.ts";
import { img2datasetReader } from "./img2dataset.ts";
import { img2datasetParquetReader } from "./img2datasetParquet.ts";
import { jsonlReader } from "./jsonl.ts";
import { karpathyReader } from "./karpathy.ts";
import { kohyaReader } from "./kohya.ts";
import { kohyaMetadataReader } from "./kohyaMetadata.ts";
import { openClipReader } from "./openClip.ts";
import type { FormatReader } from "./reader.ts";
import { sidecarReader } from "./sidecar.ts";
import { webdatasetReader } from "./webdataset.ts";

/** Every format that can be read, one line each. Where two fit a folder equally well, the earlier one is taken. */
export const formatReaders: readonly FormatReader[] = [
  imagefolderReader,
  karpathyReader,
  cocoReader,
  img2datasetReader,
  img2datasetParquetReader,
  flickrReader,
  openClipReader,
  webdatasetReader,
  kohyaReader,
  kohyaMetadataReader,
  jsonlReader,
  sidecarReader,
];
