import type { Anchors, Block, LossInputs } from "./loss.ts";
import { blockOf, defineLoss, targetOf } from "./loss.ts";
import { addTo, transpose, zerosLike } from "./parts/blocks.ts";

/** What is done with every row: how far averages move, what temperatures cost, their least and how fast they learn. */
interface Settings extends Record<string, number> {
  readonly average: number;
  readonly cost: number;
  readonly least: number;
  readonly rate: number;
}

const options: Settings = { average: 0.8, cost: 0.1, least: 0.01, rate: 0.005, first: 0.05 };

/**
 * ½ mean_i [τ_i log g_i + ρ τ_i] with g_i = mean_{j≠i} exp((s_ij − s_ii)/τ_i), and the same over columns. Each image and each text has its own τ_i ≥ `least`, moved
 * against its gradient; a moving average u_i of g_i stands for all the data that are not in the batch: the gradient is that of τ_i g_i / u_i (SogCLR's estimator), which
 * for `average` = 1 is that of the loss itself. The temperature that is handed in is not used.
 */
export const iSogClr = defineLoss({
  id: "iSogClr",
  name: "A temperature of its own for every pair (iSogCLR)",
  description: "What is frequent gets a higher temperature than what is rare; needs no large batches",
  source:
    "Qiu et al., Not All Semantics are Created Equal: Contrastive Self-supervised Learning with Automatic Temperature Individualization, 2023",
  blocks: ["imageText"],
  needs: ["imageIds", "textIds"],
  captions: "one",
  options,
  start: ({ images, texts }, { first }) => ({ images: anchors(images, first!), texts: anchors(texts, first!) }),
  evaluate: (inputs, settings) => {
    const block = blockOf(inputs, "imageText");
    const rows = anchorRows(block, targetOf(inputs, "imageIds"), { anchors: anchorsOf(inputs, "images"), settings });
    const columns = anchorRows(transpose(block), targetOf(inputs, "textIds"), { anchors: anchorsOf(inputs, "texts"), settings });
    addTo(rows.gradient, transpose(columns.gradient));
    const state = { ...inputs.state, images: rows.anchors, texts: columns.anchors };
    return { loss: rows.loss + columns.loss, gradients: { imageText: rows.gradient }, temperature: 0, bias: 0, state };
  },
});

function anchors(count: number, temperature: number): Anchors {
  return { temperatures: new Float64Array(count).fill(temperature), averages: new Float64Array(count).fill(NaN) };
}

function anchorsOf({ state }: LossInputs, side: "images" | "texts"): Anchors {
  const found = state?.[side];
  if (found === undefined)
    throw new RangeError(`Expected the temperatures of ${side} for this loss but received none: begin with its start`);
  return found;
}

function anchorRows(
  block: Block,
  ids: Int32Array,
  { anchors, settings }: { anchors: Anchors; settings: Settings },
): { loss: number; gradient: Block; anchors: Anchors } {
  const { rows, columns, values } = block;
  const gradient = zerosLike(block);
  const next = { temperatures: anchors.temperatures.slice(), averages: anchors.averages.slice() };
  let loss = 0;
  for (let row = 0; row < rows; row += 1) {
    const [from, id] = [row * columns, ids[row]!];
    const temperature = anchors.temperatures[id]!;
    const gap = (column: number): number => (values[from + column]! - values[from + row]!) / temperature;
    let [sum, weighted] = [0, 0];
    for (let column = 0; column < columns; column += 1) {
      if (column === row) continue;
      const power = Math.exp(gap(column));
      sum += power / (columns - 1);
      weighted += (power * gap(column)) / (columns - 1);
    }
    const before = anchors.averages[id]!;
    const average = Number.isNaN(before) ? sum : before + settings.average * (sum - before);
    loss += (temperature * (Math.log(average) + settings.cost)) / (2 * rows);
    for (let column = 0; column < columns; column += 1) {
      if (column === row) continue;
      const slope = Math.exp(gap(column)) / average / (columns - 1) / (2 * rows);
      gradient.values[from + column]! += slope;
      gradient.values[from + row]! -= slope;
    }
    // d/dτ [τ log g + ρ τ], the average standing for g.
    const slope = Math.log(average) + settings.cost - weighted / average;
    next.averages[id] = average;
    next.temperatures[id] = Math.max(settings.least, temperature - settings.rate * slope);
  }
  return { loss, gradient, anchors: next };
}
