import type { CancelSignal } from "../../neighbours/blocks.ts";
import type { Gemm } from "../../neighbours/gemm.ts";
import type { Rows } from "../rows.ts";
import { cacheModel } from "./cacheModel.ts";
import type { Labelled, LinearClassifier, Mixing } from "./classifier.ts";
import { classify } from "./classifier.ts";
import { gaussianDiscriminant } from "./gaussian.ts";
import { linearProbe } from "./linearProbe.ts";

/** What a classifier is fitted with. */
export interface Fitting extends Mixing {
  readonly signal?: CancelSignal | undefined;
}

/**
 * A way to judge images by labelled ones. `weights` are tried for how much what was learned counts beside the encoder's own judgement; `fit` gives logits for rows, and the
 * classifier itself where it is a linear one.
 */
export interface ClassifierMethod {
  readonly id: string;
  readonly name: string;
  readonly source: string;
  readonly weights: readonly number[];
  readonly fit: (gemm: Gemm, labelled: Labelled, fitting: Fitting) => Promise<FittedClassifier>;
}

/** A classifier after its fit. */
export interface FittedClassifier {
  readonly linear?: LinearClassifier;
  readonly logits: (rows: Rows) => Promise<Rows>;
}

/** What the paper's own search covers, from hardly anything to nothing else. */
const mixingWeights = [0.01, 0.1, 1, 10, 100];
/** Tip-Adapter's β for CLIP. */
const sharpness = 5.5;
const probeSteps = 100;
const probeRate = 1e-2;
const probeDecay = 1e-2;

const zeroShot: ClassifierMethod = {
  id: "zeroShot",
  name: "The encoder alone",
  source: "Radford et al., Learning Transferable Visual Models From Natural Language Supervision, 2021",
  weights: [0],
  fit: (gemm, { texts, classes }, { temperature }) =>
    Promise.resolve(
      asFitted(gemm, {
        weights: { ...texts, values: texts.values.map((value) => value / temperature) },
        bias: new Float32Array(classes),
      }),
    ),
};

const cache: ClassifierMethod = {
  id: "cache",
  name: "Cache model (Tip-Adapter)",
  source: "Zhang et al., Tip-Adapter: Training-free Adaption of CLIP for Few-shot Classification, 2022",
  weights: mixingWeights,
  fit: (gemm, labelled, mixing) => Promise.resolve({ logits: (rows) => cacheModel(gemm, labelled, { ...mixing, sharpness }, rows) }),
};

const gaussian: ClassifierMethod = {
  id: "gaussian",
  name: "Gaussian discriminant",
  source: "Wang et al., A Hard-to-Beat Baseline for Training-free CLIP-based Adaptation, 2024",
  weights: mixingWeights,
  fit: async (gemm, labelled, mixing) => asFitted(gemm, await gaussianDiscriminant(gemm, labelled, mixing)),
};

const probe: ClassifierMethod = {
  id: "probe",
  name: "Linear probe with text samples",
  source: "Lin et al., Multimodality Helps Unimodality: Cross-Modal Few-Shot Learning with Multimodal Models, 2023",
  weights: [1],
  fit: async (gemm, labelled, { temperature, signal }) =>
    asFitted(gemm, await linearProbe(gemm, labelled, { temperature, steps: probeSteps, rate: probeRate, decay: probeDecay, signal })),
};

/** All methods, the baseline first. A new one is one entry here. */
export const classifierMethods: readonly ClassifierMethod[] = [zeroShot, cache, gaussian, probe];

function asFitted(gemm: Gemm, linear: LinearClassifier): FittedClassifier {
  return { linear, logits: (rows) => classify(gemm, linear, rows) };
}
