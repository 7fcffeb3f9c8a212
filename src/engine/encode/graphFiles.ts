import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { dtypeSuffixes } from "../../core/encoders/modelFiles.ts";
import { EncoderError } from "./encoderError.ts";

/** The graphs of an encoder: two files, or one for both sides. `all` are these and the files of their weights, where these lie outside. */
export interface GraphFiles {
  readonly image: string;
  readonly text: string;
  readonly dtype: string;
  readonly all: readonly string[];
}

const suffixes: Readonly<Record<string, string>> = dtypeSuffixes;

/** Finds the graphs in a folder or its `onnx/`, of the asked-for `dtype` or the first of our preference. Throws an EncoderError where there are none. */
export async function findGraphFiles(folder: string, dtype: string | undefined): Promise<GraphFiles> {
  const files = [...(await listFiles(join(folder, "onnx"))), ...(await listFiles(folder))];
  const wanted = dtype === undefined ? Object.keys(suffixes) : [dtype];
  for (const name of wanted) {
    const suffix = suffixes[name];
    if (suffix === undefined) throw new EncoderError(`Expected a dtype of ${Object.keys(suffixes).join(", ")} but received ${name}`);
    const find = (base: string) => files.find((file) => file.endsWith(`/${base}${suffix}.onnx`));
    const [image, text, joint] = [find("vision_model"), find("text_model"), find("model")];
    if (image !== undefined && text !== undefined) return { image, text, dtype: name, all: withWeights(files, [image, text]) };
    if (joint !== undefined) return { image: joint, text: joint, dtype: name, all: withWeights(files, [joint]) };
  }
  throw new EncoderError(missingGraphs(folder, dtype, files));
}

function missingGraphs(folder: string, dtype: string | undefined, files: readonly string[]): string {
  const suffix = suffixes[dtype ?? "fp32"] ?? "";
  const kind = dtype === undefined ? "" : ` of dtype ${dtype}`;
  const half = ["vision_model", "text_model"].find((base) => files.some((file) => file.endsWith(`/${base}${suffix}.onnx`)));
  const found = half === undefined ? "has no graphs" : `has ${half}${suffix}.onnx but not its other half`;
  return `${folder} ${found}${kind}: put vision_model${suffix}.onnx and text_model${suffix}.onnx, or model${suffix}.onnx, into its folder onnx`;
}

/** Large models keep their weights beside the graph, as `model.onnx_data` or `model.onnx.data`. */
function withWeights(files: readonly string[], graphs: readonly string[]): readonly string[] {
  return [
    ...new Set(
      graphs.flatMap((graph) =>
        files.filter((file) => file === graph || file.startsWith(`${graph}_data`) || file.startsWith(`${graph}.data`)),
      ),
    ),
  ];
}

async function listFiles(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.sort().map((name) => `${folder}/${name}`);
}
