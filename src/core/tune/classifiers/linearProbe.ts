import { crossEntropy } from "../../losses/parts/crossEntropy.ts";
import type { CancelSignal } from "../../neighbours/blocks.ts";
import type { Gemm } from "../../neighbours/gemm.ts";
import { startMoments, stepAdamW } from "../adamW.ts";
import { asRows, stacked, times, turnedTimes } from "../rows.ts";
import type { Labelled, LinearClassifier } from "./classifier.ts";

/** How a probe is trained, on all samples at each step. */
export interface ProbeOptions {
  readonly temperature: number;
  readonly steps: number;
  readonly rate: number;
  readonly decay: number;
  readonly signal?: CancelSignal | undefined;
}

/**
 * A linear classifier over images where each class's text is one more labelled sample (Lin et al., Multimodality Helps Unimodality: Cross-Modal Few-Shot Learning with Multimodal
 * Models, 2023): cross-entropy of softmax(x Wᵀ/τ), W beginning as the texts, so that no step is the encoder's own zero-shot judgement.
 */
export async function linearProbe(
  gemm: Gemm,
  { features, labels, classes, texts }: Labelled,
  options: ProbeOptions,
): Promise<LinearClassifier> {
  const { temperature, steps, rate, decay, signal } = options;
  const samples = stacked([features, texts]);
  const wanted = Int32Array.from([...labels, ...Array.from({ length: classes }, (_, label) => label)]);
  const fill = (row: number, into: Float64Array): void => {
    into.fill(0);
    into[wanted[row]!] = 1;
  };
  const w = { ...texts, values: texts.values.slice() };
  let moments = startMoments({ w });
  for (let step = 0; step < steps; step += 1) {
    signal?.throwIfAborted();
    const { gradient } = crossEntropy(await times(gemm, samples, w), temperature, { fill });
    const slopes = await turnedTimes(gemm, asRows(gradient), samples);
    moments = stepAdamW({ w }, { w: slopes }, moments, { rate, decay, decayed: () => true });
  }
  return { weights: { ...w, values: w.values.map((value) => value / temperature) }, bias: new Float32Array(classes) };
}
