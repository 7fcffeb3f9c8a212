import { createHash } from "node:crypto";
import { mkdir, mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import type { EncoderId } from "../../../../src/core/encoder.ts";
import type { ContentHash, Sample } from "../../../../src/core/sample.ts";
import { OpenError, readPictures } from "../../../../src/engine/decode/openLocator.ts";
import { discover, type DiscoverSettings } from "../../../../src/engine/discover/discover.ts";
import type { Env } from "../../../../src/engine/env.ts";
import type { AnalysedDataset } from "../../../../src/engine/requests/analysedDataset.ts";
import { openAnalysed } from "../../../../src/engine/requests/analysedDataset.ts";
import { saveAnalysis } from "../../../../src/engine/store/analysis.ts";
import { createGeneration, switchGeneration } from "../../../../src/engine/store/generations.ts";
import { envIn } from "../store/workplace.ts";

/** A dataset of real files with an analysis that tells what was discovered and the pictures' hashes, and nothing else. */
export interface DiscoveredDataset {
  readonly env: Env;
  readonly root: string;
  readonly samples: readonly Sample[];
  /** Opens the analysis; closed when the test ends. */
  open(): Promise<AnalysedDataset>;
  write(path: string, content: string | Uint8Array): Promise<void>;
  /** Discovers the files as they are now and saves another analysis, as the next run does. */
  rediscover(): Promise<readonly Sample[]>;
}

/** Long enough ago that nothing is "racily clean". */
const writtenAtMs = Date.UTC(2026, 0, 1);

/** Makes a folder of files below the root (path to content), discovers it and saves the analysis; removed when the test ends. */
export async function createDiscovered(
  files: Readonly<Record<string, string | Uint8Array>>,
  {
    encoderFolder = "",
    encoderId = "none@0/0/8/fp32",
    ...settings
  }: DiscoverSettings & { encoderFolder?: string; encoderId?: string } = {},
): Promise<DiscoveredDataset> {
  const folder = await mkdtemp(join(tmpdir(), "winnow-discovered-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const [env, root] = [envIn(folder), join(folder, "dataset")];
  const write = async (path: string, content: string | Uint8Array): Promise<void> => {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
    await utimes(join(root, path), writtenAtMs / 1000, writtenAtMs / 1000);
  };
  for (const [path, content] of Object.entries(files)) await write(path, content);
  const rediscover = (): Promise<readonly Sample[]> => saveDiscovered(env, root, { settings, encoderFolder, encoderId });
  const samples = await rediscover();
  const open = async (): Promise<AnalysedDataset> => {
    const dataset = await openAnalysed(env, root);
    onTestFinished(() => dataset.close());
    return dataset;
  };
  return { env, root, samples, open, write, rediscover };
}

interface Saving {
  readonly settings: DiscoverSettings;
  readonly encoderFolder: string;
  readonly encoderId: string;
}

async function saveDiscovered(env: Env, root: string, { settings, encoderFolder, encoderId }: Saving): Promise<readonly Sample[]> {
  const { samples, problems, format, formatReason } = await discover(env, root, settings);
  const bytes = await readPictures(
    env,
    samples.map(({ locator }) => locator),
  );
  const hashes = bytes.map((read) =>
    read instanceof OpenError ? undefined : (createHash("sha256").update(read).digest("hex") as ContentHash),
  );
  const pairs = samples.flatMap(({ captions }) => captions);
  const generation = await createGeneration(env, root);
  await saveAnalysis(generation, {
    summary: {
      root,
      format,
      formatReason,
      samples: samples.length,
      captions: pairs.length,
      encoder: { id: encoderId as EncoderId, name: "none", folder: encoderFolder, provider: "cpu", builtin: false },
      groups: {},
      marginCosine: null,
      digest: "discovered",
      finishedAt: "2026-11-24T12:00:00.000Z",
    },
    samples,
    sampleColumns: [
      { name: "contentHash", type: "text", values: hashes },
      ...["width", "height"].map((name) => ({ name, type: "integer" as const, values: samples.map(() => undefined) })),
    ],
    pairColumns: [{ name: "clipScore", type: "float", values: pairs.map((_, at) => at / 10) }],
    groups: [],
    problems,
  });
  await switchGeneration(env, root, generation);
  return samples;
}
