import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Group } from "../../../../src/core/group.ts";
import type { ContentHash, Sample, SampleId } from "../../../../src/core/sample.ts";
import { captionIdFromIndex } from "../../../../src/core/sample.ts";
import { textKey } from "../../../../src/engine/encode/encodeTexts.ts";
import { readEncoder } from "../../../../src/engine/encode/encoderFolder.ts";
import type { Env } from "../../../../src/engine/env.ts";
import { createCounters } from "../../../../src/engine/env.ts";
import { saveAnalysis } from "../../../../src/engine/store/analysis.ts";
import { sha256 } from "../../../../src/engine/store/files.ts";
import { createGeneration, switchGeneration } from "../../../../src/engine/store/generations.ts";
import { openVectors } from "../../../../src/engine/store/vectors.ts";
import { fixtureDim, type FixtureFiles, writeEncoder } from "../../../encoderFixture.ts";

/** A made-up picture: its vector as an angle in the plane of the first two axes (undefined where it could not be decoded), and its captions. */
export interface MadePicture {
  readonly angle: number | undefined;
  readonly captions?: readonly string[];
}

/** A dataset that can be searched: analysed, with vectors of the small made-up encoder. */
export interface Searchable {
  readonly env: Env;
  readonly root: string;
  readonly encoderFolder: string;
  /** Makes a generation of pictures `0.jpg`, `1.jpg` … with the angles of texts; the last one is current. */
  save(pictures: readonly MadePicture[], angleOfText: (text: string) => number | undefined, groups?: readonly Group[]): Promise<void>;
  remove(): Promise<void>;
}

/** The vector at an angle, in degrees. */
export function vectorAt(angle: number): Float32Array {
  const vector = new Float32Array(fixtureDim);
  vector.set([Math.cos((angle * Math.PI) / 180), Math.sin((angle * Math.PI) / 180)]);
  return vector;
}

/** Makes a dataset without an analysis yet; `encoderFiles` change the made-up encoder. */
export async function createSearchable(encoderFiles: FixtureFiles = {}): Promise<Searchable> {
  const folder = await mkdtemp(join(tmpdir(), "winnow-search-"));
  const env: Env = {
    cacheFolder: join(folder, "cache"),
    dataFolder: join(folder, "data folder"),
    now: () => Date.UTC(2026, 0, 1),
    log: () => undefined,
    counters: createCounters(),
  };
  const root = join(folder, "data");
  await mkdir(root);
  const encoderFolder = await writeEncoder(folder, encoderFiles);
  return {
    env,
    root,
    encoderFolder,
    save: (pictures, angleOfText, groups = []) => saveGeneration({ env, root, encoderFolder }, pictures, { angleOfText, groups }),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

async function saveGeneration(
  { env, root, encoderFolder }: Pick<Searchable, "env" | "root" | "encoderFolder">,
  pictures: readonly MadePicture[],
  { angleOfText, groups }: { angleOfText: (text: string) => number | undefined; groups: readonly Group[] },
): Promise<void> {
  const { id, name, dim } = (await readEncoder(env, encoderFolder)).descriptor;
  const samples = pictures.map(({ captions = [] }, row) => sampleOf(root, row, captions));
  const hashes = pictures.map(({ angle }, row) => (angle === undefined ? undefined : (sha256(`${angle} ${row % 2}`) as ContentHash)));
  const images = await openVectors(env, id, "image", dim);
  for (const [row, hash] of hashes.entries()) if (hash !== undefined) await images.append([hash], vectorAt(pictures[row]!.angle!));
  await images.flush();
  const texts = await openVectors(env, id, "text", dim);
  for (const text of new Set(pictures.flatMap(({ captions = [] }) => captions))) {
    const angle = angleOfText(text);
    if (angle !== undefined) await texts.append([textKey(text)], vectorAt(angle));
  }
  await texts.flush();
  const generation = await createGeneration(env, root);
  await saveAnalysis(generation, {
    summary: {
      root,
      format: "sidecar",
      formatReason: "made",
      samples: samples.length,
      captions: samples.reduce((sum, { captions }) => sum + captions.length, 0),
      encoder: { id, name, folder: encoderFolder, provider: "cpu", builtin: false },
      groups: {},
      marginCosine: null,
      digest: "made",
      finishedAt: "2026-01-01T00:00:00.000Z",
    },
    samples,
    sampleColumns: [{ name: "contentHash", type: "text", values: hashes }],
    pairColumns: [],
    groups,
    problems: [],
  });
  await switchGeneration(env, root, generation);
}

function sampleOf(root: string, row: number, captions: readonly string[]): Sample {
  const id = `${row}.jpg` as SampleId;
  return {
    id,
    locator: { kind: "file", path: join(root, id) },
    folder: "",
    captions: captions.map((text, index) => ({
      id: captionIdFromIndex(id, index),
      text,
      author: "import",
      origin: { file: join(root, `${row}.txt`) },
    })),
    sizeBytes: 1,
    mtimeMs: 0,
    inode: row,
  };
}
