import type { Rows, Tensors } from "./rows.ts";
import { zeroRows } from "./rows.ts";

/** Averages of the derivatives and of their squares, by the weights' names, and how many steps were taken. */
export interface Moments {
  readonly first: Tensors;
  readonly second: Tensors;
  readonly steps: number;
}

/** How a step is taken; `decayed` tells which weights decay. */
export interface AdamWOptions {
  readonly rate: number;
  readonly decay: number;
  readonly decayed: (name: string) => boolean;
}

const beta1 = 0.9;
/** CLIP's choice for contrastive losses, whose derivatives are spiky: lower than Adam's 0.999. */
const beta2 = 0.98;
const epsilon = 1e-6;

/** Moments before the first step. */
export function startMoments(weights: Tensors): Moments {
  const zeros = (): Tensors =>
    Object.fromEntries(Object.entries(weights).map(([name, { rows, columns }]) => [name, zeroRows(rows, columns)]));
  return { first: zeros(), second: zeros(), steps: 0 };
}

/**
 * A step of Adam with decoupled decay (Loshchilov and Hutter, Decoupled Weight Decay Regularization, 2019): w ← w − rate (m̂ / (√v̂ + ε) + decay · w). Weights without a
 * derivative stay. Changes weights and averages in place, and gives the moments for the next step.
 */
export function stepAdamW(weights: Tensors, gradients: Tensors, moments: Moments, options: AdamWOptions): Moments {
  const steps = moments.steps + 1;
  for (const [name, gradient] of Object.entries(gradients)) {
    const decay = options.decayed(name) ? options.decay : 0;
    stepOne({ weights: weights[name]!, first: moments.first[name]!, second: moments.second[name]! }, gradient, {
      rate: options.rate,
      decay,
      steps,
    });
  }
  return { ...moments, steps };
}

function stepOne(
  { weights, first, second }: { weights: Rows; first: Rows; second: Rows },
  gradient: Rows,
  { rate, decay, steps }: { rate: number; decay: number; steps: number },
): void {
  const [scale1, scale2] = [1 / (1 - beta1 ** steps), 1 / (1 - beta2 ** steps)];
  for (let at = 0; at < weights.values.length; at += 1) {
    const slope = gradient.values[at]!;
    const m = (first.values[at] = beta1 * first.values[at]! + (1 - beta1) * slope);
    const v = (second.values[at] = beta2 * second.values[at]! + (1 - beta2) * slope * slope);
    weights.values[at]! -= rate * ((m * scale1) / (Math.sqrt(v * scale2) + epsilon) + decay * weights.values[at]!);
  }
}
