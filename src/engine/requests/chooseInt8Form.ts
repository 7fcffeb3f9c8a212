import { rename, rm } from "node:fs/promises";
import type { CaseParity } from "../../core/parity/certificate.ts";
import { gradeOf, worstCosine } from "../../core/parity/certificate.ts";
import { compareByCase } from "../../core/parity/compare.ts";
import type { ParityVectors } from "../../core/parity/compare.ts";
import type { Encoder, ImageEncoder } from "../encode/encoderFolder.ts";
import { int8Forms, quantizeGraph } from "../encode/quantizeGraph.ts";
import type { Int8Form } from "../encode/quantizeGraph.ts";
import type { Env } from "../env.ts";
import { itemsOf } from "../parity/material.ts";
import type { Material } from "../parity/material.ts";
import { encodeMaterial } from "../parity/ownVectors.ts";
import type { QuantizeProgress } from "../../protocol/encoders.ts";
import type { Modality } from "../store/vectors.ts";

/** How a quantisation is stopped and followed. */
export interface QuantizeWatch {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: QuantizeProgress) => void;
}

/** What each form is tried with: the encoder in float32, the material of a parity check, and that encoder's vectors of it. */
export interface Int8Reference {
  readonly encoder: Encoder | ImageEncoder;
  readonly material: Material;
  readonly vectors: ParityVectors;
}

/** A graph to round: its path below the encoder's folder, the file to write, and the sides that it serves. */
export interface GraphToRound {
  readonly graph: string;
  readonly source: string;
  readonly target: string;
  readonly modalities: readonly Modality[];
}

/** A graph in eight bits in one form: how many of its products are rounded, and how close its sides come to float32, as a certificate tells it. */
export interface Int8Trial {
  readonly form: Int8Form;
  readonly products: number;
  readonly cases: readonly CaseParity[];
}

/** Rounds a graph in the first form that earns a grade, else in the one that comes closest, and writes it to its target. */
export async function chooseInt8Form(env: Env, reference: Int8Reference, graph: GraphToRound, watch: QuantizeWatch): Promise<Int8Trial> {
  let best: (Int8Trial & { readonly path: string }) | undefined;
  for (const form of int8Forms) {
    const path = `${graph.target}.${form}`;
    const trial = await tryForm(env, reference, { ...graph, target: path, form }, watch);
    if (best === undefined || closenessOf(trial) > closenessOf(best)) {
      if (best !== undefined) await rm(best.path);
      best = { ...trial, path };
    } else await rm(path);
    if (best.products === 0 || gradeOf(best.cases) !== "failed") break;
  }
  const { path, ...chosen } = best!;
  await rename(path, graph.target);
  return chosen;
}

/** −1 where a vector is missing. */
function closenessOf({ cases }: Int8Trial): number {
  return worstCosine(cases) ?? -1;
}

async function tryForm(
  env: Env,
  { encoder, material, vectors }: Int8Reference,
  { graph, source, target, modalities, form }: GraphToRound & { readonly form: Int8Form },
  { signal, onProgress }: QuantizeWatch,
): Promise<Int8Trial> {
  const products = await quantizeGraph(source, target, form, {
    signal,
    onProgress: (progress) => onProgress({ step: "round", graph, form, ...progress }),
  });
  const rounded = modalities.reduce<Encoder | ImageEncoder>((all, side) => withGraph(all, side, target), encoder);
  const items = itemsOf(material, modalities);
  let done = 0;
  const ours = await encodeMaterial(env, rounded, material, {
    sides: modalities,
    provider: "cpu",
    signal,
    onDone: (count) => onProgress({ step: "compare", graph, form, done: (done += count), total: items.length }),
  });
  const cases = compareByCase(items, encoder.descriptor.dim, [ours, vectors]);
  env.log("encode.quantize", `${graph} as ${form}: worst cosine ${worstCosine(cases)?.toFixed(5) ?? "unknown"}`);
  return { form, products, cases };
}

/** The encoder with another graph on one of its sides. */
function withGraph(encoder: Encoder | ImageEncoder, side: Modality, path: string): Encoder | ImageEncoder {
  return side === "text" && "text" in encoder
    ? { ...encoder, text: { ...encoder.text, path } }
    : { ...encoder, image: { ...encoder.image, path } };
}
