/** How the file names of transformers.js exports end, by dtype: full precision first. */
export const dtypeSuffixes = {
  fp32: "",
  fp16: "_fp16",
  q8: "_quantized",
  int8: "_int8",
  uint8: "_uint8",
  q4: "_q4",
  q4f16: "_q4f16",
  bnb4: "_bnb4",
} as const;

/** The numbers that an export is made of. */
export type Dtype = keyof typeof dtypeSuffixes;

/** All dtypes, full precision first. */
export const dtypes = Object.keys(dtypeSuffixes) as readonly Dtype[];

/** Files beside the graphs that an encoder is read from. A repository has some of them. */
const wantedBeside: ReadonlySet<string> = new Set([
  "config.json",
  "open_clip_config.json",
  "winnow.json",
  "preprocessor_config.json",
  "processor_config.json",
  "visual/preprocess_cfg.json",
  ...["", "textual/"].flatMap((folder) =>
    ["tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "vocab.json", "vocab.txt", "merges.txt"].map(
      (name) => `${folder}${name}`,
    ),
  ),
]);

/** Files that alone say what an encoder is. */
const descriptions = ["config.json", "open_clip_config.json", "winnow.json"];

/** What a file of weights is called behind the name of its graph; a path that leads elsewhere is none. */
const weightsEnd = /^[._]data[\w-]*$/;

/** What exporters call the two graphs of an encoder: transformers.js and Optimum, those of open_clip's models, and such as stand in folders of their own. */
const splitNames: readonly (readonly [image: string, text: string])[] = [
  ["vision_model", "text_model"],
  ["visual", "textual"],
  ["image_encoder", "text_encoder"],
  ["visual/model", "textual/model"],
];
/** One graph for both sides, or of an encoder that sees pictures alone. */
const jointName = "model";

/** The graphs of one dtype, as paths; a single one is in both places. */
export interface GraphPaths {
  readonly image: string;
  readonly text: string;
}

/** The paths to download of a repository, or a sentence about what it lacks. */
export type ChosenFiles =
  { readonly paths: readonly string[]; readonly problem?: undefined } | { readonly paths?: undefined; readonly problem: string };

/**
 * Chooses what makes up an encoder of a `dtype` among a repository's paths: its configuration, its tokenizer, and two graphs or a joint one in `onnx/` or at the
 * top, with the weights that lie beside them.
 */
export function chooseModelFiles(listed: readonly string[], dtype: Dtype): ChosenFiles {
  const found = findGraphs(listed, dtype);
  if (found === undefined) return { problem: missingGraphs(listed) };
  const graphs = [...new Set([found.image, found.text])];
  const weights = listed.filter((path) => graphs.some((name) => isWeightsOf(path, name)));
  const beside = listed.filter((path) => wantedBeside.has(path));
  if (!beside.some((path) => descriptions.includes(path))) return { problem: "it has no config.json, so it is no model of transformers" };
  return { paths: [...beside, ...graphs, ...weights] };
}

/** The graphs of a `dtype` among an encoder's paths, in `onnx/` before those at the top; undefined where there are none. */
export function findGraphs(listed: readonly string[], dtype: Dtype): GraphPaths | undefined {
  const suffix = dtypeSuffixes[dtype];
  for (const folder of ["onnx/", ""]) {
    const graph = (base: string): string | undefined => listed.find((path) => path === `${folder}${base}${suffix}.onnx`);
    for (const names of splitNames) {
      const [image, text] = names.map(graph);
      if (image !== undefined && text !== undefined) return { image, text };
    }
    const joint = graph(jointName);
    if (joint !== undefined) return { image: joint, text: joint };
  }
  return undefined;
}

/** Whether a path is a file of weights that lies beside the graph at another: large models keep them in `model.onnx_data` or `model.onnx.data`. */
export function isWeightsOf(path: string, graph: string): boolean {
  return path.startsWith(graph) && weightsEnd.test(path.slice(graph.length));
}

function missingGraphs(listed: readonly string[]): string {
  const others = dtypes.filter((dtype) => findGraphs(listed, dtype) !== undefined);
  if (others.length > 0) return `it has no graphs of this dtype, but of ${others.join(", ")}`;
  if (listed.some((path) => path.endsWith(".onnx"))) return "its ONNX files are no pair of vision_model and text_model, and no model.onnx";
  return "it has no ONNX files: take an export of it, such as those of Xenova and onnx-community";
}
