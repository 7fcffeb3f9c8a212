import { mostHashBits } from "../../core/clusters/hashNeighbours.ts";
import type { Hashes } from "../../core/clusters/hashNeighbours.ts";
import type { SameFacts } from "../../core/clusters/duplicates.ts";
import type { ReadLumas } from "../../core/clusters/nearDuplicates.ts";
import type { CompanionLimits, NearDuplicateLimits, Recipe } from "../../core/recipe.ts";
import type { PlacedRelations } from "../../core/relations.ts";
import type { Sample } from "../../core/sample.ts";
import type { Clustered } from "../cluster/cluster.ts";
import { cluster } from "../cluster/cluster.ts";
import type { Duplicates } from "../cluster/duplicates.ts";
import { clusterDuplicates } from "../cluster/duplicates.ts";
import type { DeviceGemm } from "../encode/gemm.ts";
import type { VectorSource } from "../encode/importedEncoder.ts";
import { isImported } from "../encode/importedEncoder.ts";
import type { Env } from "../env.ts";
import type { Scored } from "../score/score.ts";
import { score } from "../score/score.ts";
import { calibrateNearDuplicates } from "./calibrate.ts";
import { sampleColumnsOf, pairColumnsOf } from "./columns.ts";
import type { Encoded, StageOptions } from "./encodeDataset.ts";
import type { Findings } from "./findings.ts";
import { type Lintable, lintPairs } from "./lintPairs.ts";

/** What is analysed, by which encoder, with which settings of the recipe, and what a person said of its pairs. */
export interface AnalyseInput {
  readonly samples: readonly Sample[];
  readonly encoded: Encoded;
  readonly encoder: VectorSource;
  readonly recipe: Recipe;
  readonly said: PlacedRelations;
  readonly gemm: DeviceGemm;
}

/** Finds duplicates (ranks leave them out, so they come first), scores all pairs, lints their captions, and groups them. */
export async function analyse(env: Env, input: AnalyseInput, options: StageOptions & { readonly clusters: boolean }): Promise<Findings> {
  options.clock.start("cluster", input.samples.length);
  const nearDuplicate = await limitsOf(env, input, options);
  const companionNearDuplicate = await companionLimitsOf(env, input, options);
  const duplicates = await findDuplicates(input, { nearDuplicate, companionNearDuplicate }, options);
  const scored = await scorePairs(input, duplicates, options);
  const linted = await lintPairs(env, lintableOf(input, duplicates), options.signal);
  const clustered = options.clusters ? await groupPairs(input, { duplicates, scored }, options) : undefined;
  return {
    signals: {
      ...scored,
      captionLints: linted.counts,
      pixels: Float32Array.from(input.encoded.facts, (fact) => (fact === undefined ? Number.NaN : fact.width * fact.height)),
    },
    sampleColumns: sampleColumnsOf(input.encoded, clustered),
    pairColumns: [
      ...pairColumnsOf(scored, clustered),
      { name: "captionLints", type: "integer", values: linted.counts },
      { name: "language", type: "text", values: linted.languages },
    ],
    groups: clustered?.groups ?? duplicates.groups,
    lints: linted.lints,
    nearDuplicate,
    companionNearDuplicate,
    marginCosine: clustered?.marginCosine,
  };
}

function lintableOf({ samples, encoded, encoder }: AnalyseInput, { duplicateOf }: Duplicates): Lintable {
  const { pairs, texts, tokensOfText } = encoded;
  const reading = isImported(encoder)
    ? undefined
    : { tokenizer: encoder.tokenizer, contextLength: encoder.descriptor.contextLength, tokensOfText };
  return { samples, pairs, texts, duplicateOf, reading };
}

/** The limits that near-duplicates were found with, by each of the two encoders. */
export type FoundLimits = Pick<Findings, "nearDuplicate" | "companionNearDuplicate">;

/** The recipe with the limits that hold for its encoders, as it is written after the run. */
export function withLimits(recipe: Recipe, { nearDuplicate, companionNearDuplicate }: FoundLimits): Recipe {
  return {
    ...recipe,
    ...(nearDuplicate === undefined ? {} : { nearDuplicate }),
    ...(companionNearDuplicate === undefined ? {} : { companionNearDuplicate }),
  };
}

/** The frozen limits where there are some for this encoder; else they are calibrated on the dataset, by an encoder that can encode crops. */
async function limitsOf(
  env: Env,
  { samples, encoded, encoder, recipe }: AnalyseInput,
  { signal }: StageOptions,
): Promise<NearDuplicateLimits | undefined> {
  const { id } = encoder.descriptor;
  if (recipe.nearDuplicate?.encoder === id) return recipe.nearDuplicate;
  if (isImported(encoder)) return undefined;
  const cosine = await calibrateNearDuplicates(env, {
    samples,
    hashes: encoded.hashes,
    vectors: encoded.imageStore,
    encoder,
    openTower: encoded.openImageTower,
    seed: recipe.seed,
    signal,
  });
  return cosine === undefined ? undefined : { encoder: id, cosine, hashBits: mostHashBits };
}

/** The same of the companion. */
async function companionLimitsOf(
  env: Env,
  { samples, encoded: { companion, hashes }, recipe }: AnalyseInput,
  { signal }: StageOptions,
): Promise<CompanionLimits | undefined> {
  if (companion === undefined) return undefined;
  const { encoder, imageStore: vectors, openImageTower: openTower } = companion;
  const { id } = encoder.descriptor;
  if (recipe.companionNearDuplicate?.encoder === id) return recipe.companionNearDuplicate;
  const cosine = await calibrateNearDuplicates(env, { samples, hashes, vectors, encoder, openTower, seed: recipe.seed, signal });
  return cosine === undefined ? undefined : { encoder: id, cosine };
}

async function findDuplicates(
  { samples, encoded, encoder, said, gemm }: AnalyseInput,
  { nearDuplicate: limits, companionNearDuplicate }: FoundLimits,
  { clock, signal }: StageOptions,
): Promise<Duplicates> {
  const report = clock.start("cluster", samples.length);
  const hashes = hashesOf(encoded);
  const near = {
    images: encoded.images,
    hashes,
    readLumas: lumaReader(encoded),
    cosine: limits?.cosine,
    hashBits: limits?.hashBits ?? mostHashBits,
    companion: encoded.companion && {
      images: encoded.companion.images,
      cosine: companionNearDuplicate?.cosine,
      names: [encoder.descriptor.name, encoded.companion.encoder.descriptor.name] as const,
    },
    gemm,
  };
  const duplicates = await clusterDuplicates(
    { facts: sameFactsOf(samples, encoded), near, stated: said.duplicates, apart: said.apart },
    {
      signal,
      onProgress: (done, total) => report({ done: Math.floor((done / total) * samples.length * 0.5), cached: 0, total: samples.length }),
    },
  );
  clock.pause("cluster");
  return duplicates;
}

async function scorePairs(
  { encoded, encoder, recipe, said, gemm }: AnalyseInput,
  { duplicateOf }: Duplicates,
  { clock, signal }: StageOptions,
): Promise<Scored> {
  const { pairs, texts, images, textVectors, tokensOfText, sentenceVectors, sentencesOf } = encoded;
  const report = clock.start("score", pairs.count);
  const input = {
    pairs,
    images,
    texts: textVectors,
    textOf: texts,
    duplicateOf,
    falseNegatives: said.falseNegatives,
    encoder: encoder.descriptor,
    gemm,
    seed: recipe.seed,
    tokensOfText,
  };
  const sentences = { vectors: sentenceVectors, rowsOf: sentencesOf };
  const onProgress = (done: number, total: number): void =>
    report({ done: Math.floor((done / total) * pairs.count), cached: 0, total: pairs.count });
  const scored = await score({ ...input, sentences }, { signal, onProgress });
  clock.end("score", { done: pairs.count, cached: 0, total: pairs.count });
  return scored;
}

async function groupPairs(
  { samples, encoded, recipe, said, gemm }: AnalyseInput,
  { duplicates, scored }: { duplicates: Duplicates; scored: Scored },
  { clock, signal }: StageOptions,
): Promise<Clustered> {
  const { pairs, texts, images, textVectors } = encoded;
  const total = samples.length;
  const report = clock.start("cluster", total);
  const clustered = await cluster(
    {
      pairs,
      images,
      texts: textVectors,
      textOf: texts,
      ids: samples.map(({ id }) => id),
      columns: scored,
      marginSigma: recipe.confusable.marginSigma,
      seed: recipe.seed,
      gemm,
      duplicates,
      falseNegatives: said.falseNegatives,
      hardNegatives: said.hardNegatives,
    },
    { signal, onProgress: (done, blocks) => report({ done: Math.floor(total * (0.5 + (0.5 * done) / blocks)), cached: 0, total }) },
  );
  clock.end("cluster", { done: total, cached: 0, total });
  return clustered;
}

function sameFactsOf(samples: readonly Sample[], { hashes, facts }: Encoded): SameFacts {
  return {
    ids: samples.map(({ id }) => id),
    pixelCount: Float64Array.from(facts, (fact) => (fact === undefined ? 0 : fact.width * fact.height)),
    sizeBytes: Float64Array.from(samples, ({ locator, sizeBytes }) => (locator.kind === "member" ? locator.size : sizeBytes)),
    contentHashes: hashes,
    pixelHashes: facts.map((fact) => fact?.pixelHash),
  };
}

/** Reads the small grey pictures of some samples from the cache. */
function lumaReader({ hashes, lumas }: Encoded): ReadLumas {
  return async (rows) => {
    const read = await lumas.read([...rows].map((row) => hashes[row]));
    const lumaOf = new Map([...rows].map((row, at) => [row, read[at]]));
    return (row) => lumaOf.get(row);
  };
}

function hashesOf({ facts }: Encoded): Hashes {
  const bytes = 32;
  const hashes = {
    straight: new Uint8Array(facts.length * bytes),
    mirrored: new Uint8Array(facts.length * bytes),
    known: new Uint8Array(facts.length),
  };
  facts.forEach((fact, row) => {
    if (fact === undefined) return;
    hashes.known[row] = 1;
    hashes.straight.set(fact.perceptualHash, row * bytes);
    hashes.mirrored.set(fact.mirroredHash, row * bytes);
  });
  return hashes;
}
