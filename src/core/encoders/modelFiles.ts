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
  "preprocessor_config.json",
  "processor_config.json",
  "tokenizer.json",
  "tokenizer_config.json",
  "special_tokens_map.json",
  "vocab.json",
  "vocab.txt",
  "merges.txt",
]);

/** What a file of weights is called behind the name of its graph; a path that leads elsewhere is none. */
const weightsEnd = /^[._]data[\w-]*$/;

/** The paths to download of a repository, or a sentence about what it lacks. */
export type ChosenFiles =
  { readonly paths: readonly string[]; readonly problem?: undefined } | { readonly paths?: undefined; readonly problem: string };

/**
 * Chooses what makes up an encoder of a `dtype` among a repository's paths: its configuration, its tokenizer, and two graphs or a joint one in `onnx/` or at the
 * top, with the weights that lie beside them.
 */
export function chooseModelFiles(listed: readonly string[], dtype: Dtype): ChosenFiles {
  const graphs = graphsOf(listed, dtype);
  if (graphs === undefined) return { problem: missingGraphs(listed) };
  const weights = listed.filter((path) => graphs.some((name) => path.startsWith(name) && weightsEnd.test(path.slice(name.length))));
  const beside = listed.filter((path) => wantedBeside.has(path));
  if (!beside.includes("config.json")) return { problem: "it has no config.json, so it is no model of transformers" };
  return { paths: [...beside, ...graphs, ...weights] };
}

function graphsOf(listed: readonly string[], dtype: Dtype): readonly string[] | undefined {
  const suffix = dtypeSuffixes[dtype];
  for (const folder of ["onnx/", ""]) {
    const graph = (base: string): string | undefined => listed.find((path) => path === `${folder}${base}${suffix}.onnx`);
    const [image, text, joint] = [graph("vision_model"), graph("text_model"), graph("model")];
    if (image !== undefined && text !== undefined) return [image, text];
    if (joint !== undefined) return [joint];
  }
  return undefined;
}

function missingGraphs(listed: readonly string[]): string {
  const others = dtypes.filter((dtype) => graphsOf(listed, dtype) !== undefined);
  if (others.length > 0) return `it has no graphs of this dtype, but of ${others.join(", ")}`;
  if (listed.some((path) => path.endsWith(".onnx"))) return "its ONNX files are no pair of vision_model and text_model, and no model.onnx";
  return "it has no ONNX files: take an export of it, such as those of Xenova and onnx-community";
}
