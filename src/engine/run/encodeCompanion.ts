import type { Problem } from "../../core/problem.ts";
import type { Sample } from "../../core/sample.ts";
import type { ImageEncoder } from "../encode/encoderFolder.ts";
import type { Tower } from "../encode/tower.ts";
import type { Env } from "../env.ts";
import type { StoredMatrix, VectorStore } from "../store/vectors.ts";
import { openVectors } from "../store/vectors.ts";
import { matrixOfKnown } from "./matrices.ts";
import type { Pictures, PictureStores } from "./pictures.ts";
import { readPictures } from "./pictures.ts";
import type { StageClock, StageCounts } from "./stageClock.ts";

/** A dataset's pictures as a companion's vectors, a row a sample; zeros are unknown. They never meet those of the first encoder. */
export interface CompanionEncoded {
  readonly encoder: ImageEncoder;
  readonly images: StoredMatrix;
  readonly imageStore: VectorStore;
  readonly openImageTower: () => Promise<Tower>;
  /** What its encoding met beside what was known of the pictures. */
  readonly problems: readonly Problem[];
  readonly encoded: number;
}

/** What a companion is given: the samples, the stores that remember their pictures, what the first encoder's pass found out about them, and what opens its image side. */
export interface CompanionInput {
  readonly samples: readonly Sample[];
  readonly stores: Omit<PictureStores, "vectors">;
  readonly known: Pictures;
  readonly encoder: ImageEncoder;
  readonly towers: { open(modality: "image"): Promise<Tower>; batchSize(): Promise<number> };
}

/** Encodes with a companion those pictures whose vectors are not in the cache. */
export async function encodeCompanion(
  env: Env,
  { samples, stores, known, encoder, towers }: CompanionInput,
  { signal, onEncoded }: { signal: AbortSignal; onEncoded: (done: number) => void },
): Promise<CompanionEncoded> {
  const { id, dim } = encoder.descriptor;
  const imageStore = await openVectors(env, id, "image", dim);
  const openImageTower = (): Promise<Tower> => towers.open("image");
  const pictures = await readPictures(
    env,
    samples,
    { ...stores, vectors: imageStore },
    {
      clock: silentClock,
      signal,
      encoder,
      openTower: openImageTower,
      findBatchSize: () => towers.batchSize(),
      onEncoded: ({ done }: Pick<StageCounts, "done">) => onEncoded(done),
    },
  );
  const told = new Set(known.problems.map(keyOf));
  return {
    encoder,
    images: await matrixOfKnown(imageStore, pictures.hashes),
    imageStore,
    openImageTower,
    problems: pictures.problems.filter((problem) => !told.has(keyOf(problem))),
    encoded: pictures.encoded,
  };
}

function keyOf({ code, sample, file }: Problem): string {
  return JSON.stringify([code, sample, file]);
}

/** The decoding of this pass is part of encoding: the stage of that name was told of by the first pass. */
const silentClock: StageClock = { start: () => () => undefined, pause: () => undefined, end: () => undefined, reports: () => ({}) };
