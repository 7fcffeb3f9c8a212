import { cp, mkdir, rename, rm } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { encoderFileName } from "../../core/encoders/encoderFile.ts";
import type { EncoderFile } from "../../core/encoders/encoderFile.ts";
import { isWeightsOf } from "../../core/encoders/modelFiles.ts";
import type { HeadPlan, TowerName } from "../../core/tune/headModel.ts";
import { temperatureOf, towers, weightsOf } from "../../core/tune/headModel.ts";
import type { Tensors } from "../../core/tune/rows.ts";
import type { AppendedHead } from "../encode/appendHeads.ts";
import { appendHeads } from "../encode/appendHeads.ts";
import type { Encoder } from "../encode/encoderFolder.ts";
import { readEncoderFile } from "../encode/winnowFile.ts";
import { writeAtomically } from "../store/files.ts";
import { TuneError } from "../tune/tuneError.ts";

/** An encoder and what was learned on top of it. */
export interface TunedHeads {
  readonly encoder: Encoder;
  readonly plan: HeadPlan;
  readonly weights: Tensors;
}

/** Weights that are no part of an ONNX encoder, and can be large. */
const otherWeights = /\.(safetensors|bin|pt|pth|h5|msgpack|gguf|tflite)$/i;
/** The name of the output with tuned vectors, or with tuned states that have still to be pooled. */
function outputName(encoder: Encoder, tower: TowerName): string {
  return `tuned_${tower}_${encoder[tower].pooling === undefined ? "embeds" : "hidden_state"}`;
}

/** Says why heads can't be put behind an encoder's graphs; a run should know before it begins. */
export function checkGraphs(encoder: Encoder, plan: HeadPlan): void {
  const averaged = plan.on.find((tower) => encoder[tower].pooling === "mean");
  if (averaged !== undefined && !plan.head.isLinear)
    throw new TuneError(
      `${encoder[averaged].path} leaves it to Winnow to average the vectors of its parts, which the head ${plan.head.id} can't stand before: take linear or lowRank, or export it with its pooling`,
    );
}

/** Writes the encoder with its heads into a new folder, usable as any other; what is there in `folder` already is replaced in the end. */
export async function writeTuned({ encoder, plan, weights }: TunedHeads, folder: string, signal: AbortSignal): Promise<void> {
  const source = encoder.descriptor.folder;
  const made = `${folder}.winnow-tmp`;
  await rm(made, { recursive: true, force: true });
  await copyFolder(encoder, made);
  for (const path of new Set(towers.map((tower) => encoder[tower].path))) {
    const on = plan.on.filter((tower) => encoder[tower].path === path);
    const target = join(made, relative(source, path));
    await mkdir(dirname(target), { recursive: true });
    const heads = on.map((tower) => headBehind({ encoder, plan, weights }, tower));
    if (heads.length > 0) await appendHeads(path, target, heads, { signal, onProgress: () => undefined });
    else await cp(path, target);
  }
  const said = await readEncoderFile(source);
  await writeAtomically(join(made, encoderFileName), `${JSON.stringify(fileOf({ encoder, plan, weights }, said), undefined, 2)}\n`);
  await rm(folder, { recursive: true, force: true });
  await rename(made, folder);
}

function headBehind({ encoder, plan, weights }: TunedHeads, tower: TowerName): AppendedHead {
  return {
    from: encoder[tower].output,
    to: outputName(encoder, tower),
    isPerPart: encoder[tower].pooling !== undefined,
    dim: encoder.descriptor.dim,
    graph: (names) => plan.head.graph(names, plan.options),
    weights: weightsOf(weights, tower),
  };
}

function fileOf({ encoder, plan, weights }: TunedHeads, said: EncoderFile | undefined): EncoderFile {
  const output = (tower: TowerName) => {
    const { pooling } = encoder[tower];
    return plan.on.includes(tower) ? { output: outputName(encoder, tower), ...(pooling && { pooling }) } : {};
  };
  return {
    ...said,
    schema: 1,
    image: { ...said?.image, ...output("image") },
    text: { ...said?.text, ...output("text") },
    dtype: encoder.descriptor.dtype,
    logitScale: 1 / temperatureOf(weights),
    ...(encoder.descriptor.bias !== undefined && { logitBias: weights["bias"]!.values[0]! }),
  };
}

/** Everything but the graphs themselves, other exports of them and other kinds of weights; weights that a graph keeps in files of their own come along. */
async function copyFolder({ descriptor, image, text }: Encoder, to: string): Promise<void> {
  const graphs = [image.path, text.path].map((path) => relative(descriptor.folder, path).replaceAll("\\", "/"));
  const isCopied = (path: string): boolean => {
    const inner = relative(descriptor.folder, path).replaceAll("\\", "/");
    if (graphs.some((graph) => isWeightsOf(inner, graph))) return true;
    return !otherWeights.test(inner) && !/\.onnx([._]data.*)?$/i.test(inner) && !/(^|\/)\.git(\/|$)/.test(inner);
  };
  await cp(descriptor.folder, to, { recursive: true, dereference: true, filter: isCopied });
}
