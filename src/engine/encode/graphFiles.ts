import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Dtype } from "../../core/encoders/modelFiles.ts";
import { dtypes, dtypeSuffixes, findGraphs, isWeightsOf } from "../../core/encoders/modelFiles.ts";
import { EncoderError } from "./encoderError.ts";

/** The graphs of an encoder: two files, or one for both sides. `all` are these and the files of their weights, where these lie outside. */
export interface GraphFiles {
  readonly image: string;
  readonly text: string;
  readonly dtype: string;
  readonly all: readonly string[];
}

/** Graphs that a person named, by their paths below the folder; without `text` the encoder sees pictures alone. */
export interface NamedGraphs {
  readonly image: string;
  readonly text: string | undefined;
  readonly dtype: string | undefined;
}

/** Folders below an encoder's own in which graphs, and what is told of them, may lie. */
export const graphFolders = ["", "onnx", "visual", "textual", "onnx/visual", "onnx/textual"];

/** Finds the graphs in a folder or its `onnx/`, of the asked-for `dtype` or the first of our preference. Throws an EncoderError where there are none. */
export async function findGraphFiles(folder: string, dtype: string | undefined): Promise<GraphFiles> {
  const files = (await Promise.all(graphFolders.map((inner) => listFiles(folder, inner)))).flat();
  for (const name of dtype === undefined ? dtypes : [parseDtype(dtype)]) {
    const found = findGraphs(files, name);
    if (found !== undefined) return locate(folder, files, { ...found, dtype: name });
  }
  throw new EncoderError(missingGraphs(folder, dtype, files));
}

/** The graphs that a person named. Throws an EncoderError where one is not there. */
export async function findNamedGraphs(folder: string, { image, text, dtype }: NamedGraphs): Promise<GraphFiles> {
  const inner = new Set([image, text ?? image].map((path) => path.split("/").slice(0, -1).join("/")));
  const files = (await Promise.all([...inner].map((name) => listFiles(folder, name)))).flat();
  const missing = [image, text].find((path) => path !== undefined && !files.includes(path));
  if (missing !== undefined) throw new EncoderError(`${join(folder, missing)} is missing: winnow.json names it`);
  return locate(folder, files, { image, text: text ?? image, dtype: dtype ?? dtypeOf(image) });
}

/** By how the file's name ends; full precision is called by no name. */
function dtypeOf(path: string): Dtype {
  return dtypes.find((dtype) => dtype !== "fp32" && path.endsWith(`${dtypeSuffixes[dtype]}.onnx`)) ?? "fp32";
}

function parseDtype(name: string): Dtype {
  const dtype = dtypes.find((known) => known === name);
  if (dtype === undefined) throw new EncoderError(`Expected a dtype of ${dtypes.join(", ")} but received ${name}`);
  return dtype;
}

function locate(folder: string, files: readonly string[], { image, text, dtype }: Omit<GraphFiles, "all">): GraphFiles {
  const graphs = [...new Set([image, text])];
  const all = graphs.flatMap((graph) => files.filter((file) => file === graph || isWeightsOf(file, graph)));
  return { image: join(folder, image), text: join(folder, text), dtype, all: all.map((file) => join(folder, file)) };
}

function missingGraphs(folder: string, dtype: string | undefined, files: readonly string[]): string {
  const suffix = dtypeSuffixes[(dtype ?? "fp32") as Dtype];
  const kind = dtype === undefined ? "" : ` of dtype ${dtype}`;
  const half = ["vision_model", "text_model"].find((base) => files.some((file) => `/${file}`.endsWith(`/${base}${suffix}.onnx`)));
  const found = half === undefined ? "has no graphs" : `has ${half}${suffix}.onnx but not its other half`;
  return `${folder} ${found}${kind}: put vision_model${suffix}.onnx and text_model${suffix}.onnx, or model${suffix}.onnx, into its folder onnx`;
}

async function listFiles(folder: string, inner: string): Promise<readonly string[]> {
  const names = await readdir(join(folder, inner)).catch(() => []);
  return names.sort().map((name) => (inner === "" ? name : `${inner}/${name}`));
}
