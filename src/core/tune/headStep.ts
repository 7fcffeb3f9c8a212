import type { Block, BlockName, Loss, LossOptions, LossResult, LossState, Targets } from "../losses/loss.ts";
import { addTo } from "../losses/parts/blocks.ts";
import type { Gemm } from "../neighbours/gemm.ts";
import type { HeadPlan, Tuned } from "./headModel.ts";
import { biasName, scaleName, single, temperatureOf, tuneRows } from "./headModel.ts";
import type { Rows, Tensors } from "./rows.ts";
import { asRows, plainTimes, rowsBetween, stacked, times, turnedTimes, zeroRows } from "./rows.ts";

/**
 * Frozen vectors of length 1 of a batch, and what a loss takes as given. `extras` are texts that are nobody's caption; `reference` pictures and texts beside the data;
 * `prototypes` what images (by their texts' clusters) and texts (by their images') are compared with.
 */
export interface Batch {
  readonly images: Rows;
  readonly texts: Rows;
  readonly extras?: Rows;
  readonly reference?: { readonly images: Rows; readonly texts: Rows };
  readonly prototypes?: { readonly images: Rows; readonly texts: Rows };
  readonly targets: Partial<Targets>;
}

/** What is tuned, by which loss. */
export interface StepPlan {
  readonly plan: HeadPlan;
  readonly loss: Loss;
  readonly lossOptions: LossOptions;
  readonly learnsTemperature: boolean;
}

/** A step's loss and the derivatives for the weights that learn. */
export interface Step {
  readonly loss: number;
  readonly gradients: Tensors;
  readonly state: LossState;
}

/** Rows that are multiplied with others; `gradient` gathers the derivative for those that are tuned. */
interface Side {
  readonly rows: Rows;
  readonly gradient?: Rows;
}

/** The loss of a batch and its derivatives for the heads' weights: heads, products, loss, and back. */
export async function headStep(
  gemm: Gemm,
  { plan, loss, lossOptions, learnsTemperature }: StepPlan,
  { weights, state }: { weights: Tensors; state: LossState },
  batch: Batch,
): Promise<Step> {
  const images = await tuneRows(gemm, plan, weights, {
    tower: "image",
    rows: stacked([batch.images, ...present(batch.reference?.images)]),
  });
  const texts = await tuneRows(gemm, plan, weights, {
    tower: "text",
    rows: stacked([batch.texts, ...present(batch.extras), ...present(batch.reference?.texts)]),
  });
  const gradients = { images: zerosOf(images.units), texts: zerosOf(texts.units) };
  const sides = sidesOf(batch, { images: images.units, texts: texts.units }, { gradients, queue: state.queue });
  const blocks: Partial<Record<BlockName, Block>> = {};
  for (const name of loss.blocks) blocks[name] = await times(gemm, sides[name][0].rows, sides[name][1].rows);
  const targets = {
    ...batch.targets,
    ...(await teachingOf(gemm, loss, batch)),
    textFeatures: rowsBetween(texts.units, 0, batch.texts.rows),
  };
  const temperature = temperatureOf(weights);
  const result = loss.evaluate({ blocks, targets, temperature, bias: weights[biasName]!.values[0]!, options: lossOptions, state });
  for (const [name, gradient] of Object.entries(result.gradients)) await pullBack(gemm, asRows(gradient), sides[name as BlockName]);
  const ofHeads = await headGradients({ images, texts }, gradients);
  return {
    loss: result.loss,
    state: result.state,
    gradients: { ...ofHeads, ...(learnsTemperature ? numberGradients(result, temperature) : {}) },
  };
}

function present(rows: Rows | undefined): readonly Rows[] {
  return rows === undefined ? [] : [rows];
}

function zerosOf({ rows, columns }: Rows): Rows {
  return zeroRows(rows, columns);
}

function sidesOf(
  batch: Batch,
  units: { images: Rows; texts: Rows },
  { gradients, queue }: { gradients: { images: Rows; texts: Rows }; queue: Block | undefined },
): Record<BlockName, readonly [Side, Side]> {
  const part = (side: "images" | "texts", from: number, to: number): Side => ({
    rows: rowsBetween(units[side], from, to),
    gradient: rowsBetween(gradients[side], from, to),
  });
  const [n, m, extras] = [batch.images.rows, batch.texts.rows, batch.extras?.rows ?? 0];
  const [images, texts, extra] = [part("images", 0, n), part("texts", 0, m), part("texts", m, m + extras)];
  const none: Side = { rows: zeroRows(0, batch.images.columns) };
  const fixed = (rows: Rows | undefined): Side => (rows === undefined ? none : { rows });
  const earlier = queue === undefined || queue.rows === 0 ? none : { rows: asRows(queue) };
  return {
    imageText: [images, texts],
    imageImage: [images, images],
    textText: [texts, texts],
    imageExtra: [images, extra],
    imagePrototypes: [images, fixed(batch.prototypes?.images)],
    textPrototypes: [texts, fixed(batch.prototypes?.texts)],
    imageQueue: [images, earlier],
    textQueue: [texts, earlier],
    reference: [part("images", n, units.images.rows), part("texts", m + extras, units.texts.rows)],
  };
}

/** The frozen encoder is its own teacher. */
async function teachingOf(gemm: Gemm, { needs }: Loss, { images, texts, reference }: Batch): Promise<Partial<Targets>> {
  return {
    ...(needs.includes("teacher") && { teacher: await times(gemm, images, texts) }),
    ...(needs.includes("teacherImages") && { teacherImages: await times(gemm, images, images) }),
    ...(needs.includes("teacherReference") &&
      reference !== undefined && { teacherReference: await times(gemm, reference.images, reference.texts) }),
  };
}

async function pullBack(gemm: Gemm, gradient: Rows, [left, right]: readonly [Side, Side]): Promise<void> {
  if (left.gradient !== undefined) addTo(left.gradient, await plainTimes(gemm, gradient, right.rows));
  if (right.gradient !== undefined) addTo(right.gradient, await turnedTimes(gemm, gradient, left.rows));
}

async function headGradients(tuned: { images: Tuned; texts: Tuned }, gradients: { images: Rows; texts: Rows }): Promise<Tensors> {
  return { ...(await tuned.images.back(gradients.images)), ...(await tuned.texts.back(gradients.texts)) };
}

/** For s = log(1/τ): ∂L/∂s = −τ ∂L/∂τ. */
function numberGradients({ temperature: slope, bias }: LossResult, temperature: number): Tensors {
  return { [scaleName]: single(-temperature * slope), [biasName]: single(bias) };
}
