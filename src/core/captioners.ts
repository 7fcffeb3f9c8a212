/** How a captioner is asked: it gets the picture alone, one of its own task tokens, or a prompt's words through its chat template. */
export type CaptionerAsking = "picture" | "task" | "chat";

/** A kind of captioner that can be run from a folder, as transformers.js names it. */
export interface CaptionerFamily {
  /** `model_type` in its config.json. */
  readonly type: string;
  readonly asking: CaptionerAsking;
  /** Its graphs, files below `onnx/` without what tells their precision. */
  readonly graphs: readonly string[];
}

/** The families that were tried against transformers. A new one is one line here, and a model in the tests. */
export const captionerFamilies: readonly CaptionerFamily[] = [
  { type: "vision-encoder-decoder", asking: "picture", graphs: ["encoder_model", "decoder_model_merged"] },
  { type: "florence2", asking: "task", graphs: ["vision_encoder", "embed_tokens", "encoder_model", "decoder_model_merged"] },
  { type: "smolvlm", asking: "chat", graphs: ["vision_encoder", "embed_tokens", "decoder_model_merged"] },
  { type: "idefics3", asking: "chat", graphs: ["vision_encoder", "embed_tokens", "decoder_model_merged"] },
];

/** A graph in the precision that is taken of it. */
export interface CaptionerGraph {
  readonly name: string;
  /** The precision, as transformers.js calls it. */
  readonly dtype: string;
  /** Its file below the captioner's folder, and those that hold its weights. */
  readonly files: readonly string[];
}

/** How a folder is run. */
export interface CaptionerPlan {
  readonly family: CaptionerFamily;
  readonly graphs: readonly CaptionerGraph[];
}

/** What must lie in a captioner's folder beside its graphs. */
export const captionerFiles = ["config.json", "preprocessor_config.json", "tokenizer.json", "tokenizer_config.json"] as const;

/** Precisions with the ends of their files' names. The most exact is taken; half precision comes last, for a CPU has no arithmetic for it. */
const precisions = [
  ["fp32", ""],
  ["q8", "_quantized"],
  ["int8", "_int8"],
  ["uint8", "_uint8"],
  ["q4", "_q4"],
  ["bnb4", "_bnb4"],
  ["fp16", "_fp16"],
  ["q4f16", "_q4f16"],
] as const;

/** Plans how a folder is run, from its model's type and its files (below the folder, with forward slashes); a sentence where it can't be. */
export function planCaptioner(type: string, files: readonly string[]): CaptionerPlan | string {
  const family = captionerFamilies.find((known) => known.type === type);
  if (family === undefined)
    return `models of the type "${type}" can't be run here, only ${captionerFamilies.map((known) => known.type).join(", ")}`;
  const missing = captionerFiles.find((file) => !files.includes(file));
  if (missing !== undefined) return `${missing} is missing`;
  const graphs: CaptionerGraph[] = [];
  for (const name of family.graphs) {
    const graph = findGraph(name, files);
    if (graph === undefined) return `onnx/${name}.onnx is missing, in any precision`;
    graphs.push(graph);
  }
  return { family, graphs };
}

function findGraph(name: string, files: readonly string[]): CaptionerGraph | undefined {
  for (const [dtype, end] of precisions) {
    const file = `onnx/${name}${end}.onnx`;
    if (files.includes(file)) return { name, dtype, files: files.filter((other) => other === file || other.startsWith(`${file}_data`)) };
  }
  return undefined;
}
