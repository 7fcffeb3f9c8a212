import type { Block, BlockName, LossInputs, LossResult, LossState } from "../loss.ts";
import { addTo, transpose, zerosLike } from "./blocks.ts";

/** A term over one block: its value, the derivative for the block, and those for τ and the bias. */
export interface Part {
  readonly loss: number;
  readonly gradient: Block;
  readonly temperature: number;
  readonly bias?: number;
}

/** A term in a sum: the block that it is over, and how much it counts, by default 1. */
export interface Share {
  readonly on: BlockName;
  readonly part: Part;
  readonly weight?: number;
}

/** The sum of terms as a loss; blocks that are in no term have no gradient. */
export function sumOf(inputs: LossInputs, shares: readonly Share[], state: LossState = inputs.state ?? {}): LossResult {
  const gradients: Partial<Record<BlockName, Block>> = {};
  const sums = { loss: 0, temperature: 0, bias: 0 };
  for (const { on, part, weight = 1 } of shares) {
    sums.loss += weight * part.loss;
    sums.temperature += weight * part.temperature;
    sums.bias += weight * (part.bias ?? 0);
    const known = gradients[on];
    if (known === undefined && weight === 1) gradients[on] = part.gradient;
    else addTo((gradients[on] = known === undefined ? zerosLike(part.gradient) : known), part.gradient, weight);
  }
  return { ...sums, gradients, state };
}

/** Half of a term over the rows and half of it over the columns: images ask for texts, and texts for images. */
export function bothWays(block: Block, term: (block: Block, isTurned: boolean) => Part): Part {
  const rows = term(block, false);
  const columns = term(transpose(block), true);
  const gradient = zerosLike(block);
  addTo(gradient, rows.gradient, 0.5);
  addTo(gradient, transpose(columns.gradient), 0.5);
  return {
    loss: (rows.loss + columns.loss) / 2,
    gradient,
    temperature: (rows.temperature + columns.temperature) / 2,
    bias: ((rows.bias ?? 0) + (columns.bias ?? 0)) / 2,
  };
}

/** The derivative for τ of a term that is a function of s/τ alone: −Σ (∂L/∂s) s / τ. */
export function temperatureGradient({ values }: Block, gradient: Block, temperature: number): number {
  let sum = 0;
  for (let at = 0; at < values.length; at += 1) sum += gradient.values[at]! * values[at]!;
  return -sum / temperature;
}
