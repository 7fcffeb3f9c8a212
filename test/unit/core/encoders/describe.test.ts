import { describe, expect, test } from "vitest";
import { describeGraphs } from "../../../../src/core/encoders/describe.ts";
import type { EncoderFile } from "../../../../src/core/encoders/encoderFile.ts";
import type { GraphSignature, SignaturePort } from "../../../../src/core/encoders/signature.ts";

const port = (name: string, type: SignaturePort["type"], dims: SignaturePort["dims"]): SignaturePort => ({ name, type, dims });
const graph = (inputs: readonly SignaturePort[], outputs: readonly SignaturePort[]): GraphSignature => ({
  inputs,
  outputs,
  isBatchBound: false,
});

const pictures = graph([port("x", "float32", [undefined, 3, 224, 224])], [port("y", "float32", [undefined, 512])]);
const texts = graph([port("tokens", "int32", [undefined, 77])], [port("z", "float32", [undefined, 512])]);

function ask(
  said: Omit<EncoderFile, "schema">,
  changes: { image?: GraphSignature; text?: GraphSignature | undefined; hasTokenizer?: boolean } = {},
) {
  const graphs = { image: pictures, text: texts, hasTokenizer: true, names: ["folder", "a.onnx"], ...changes };
  const described = describeGraphs({ ...graphs, said: { schema: 1, ...said } });
  return { ...described, fields: described.questions.map(({ field }) => field) };
}

describe("two graphs", () => {
  test("whose ports and sizes are plain, and whose family is said, leave nothing to ask", () => {
    const { fields, problems, file, known } = ask({ family: "clip" });
    expect([fields, problems]).toEqual([[], []]);
    expect(file.image?.preprocessing).toEqual({ size: { width: 224, height: 224 } });
    expect(known.join("\n")).toMatch(/takes x; its vectors are y, 512 numbers each[\s\S]*Texts have 77 tokens/);
  });

  test("of no known family leave more: how pictures are prepared, how long texts are, what padding does", () => {
    const open = graph([port("ids", "int64", [undefined, undefined])], texts.outputs);
    expect(ask({ family: "unknown" }, { text: open, hasTokenizer: false }).fields).toEqual([
      "image.preprocessing.resize",
      "image.preprocessing.interpolation",
      "image.preprocessing.mean",
      "image.preprocessing.std",
      "text.tokenizer",
      "text.contextLength",
      "text.padding",
    ]);
  });

  test("are asked for their family first, with a guess by their names", () => {
    const { questions } = ask({}, { image: { ...pictures } });
    expect(questions[0]).toMatchObject({ field: "family" });
    expect(questions[0]?.suggestion).toBeUndefined();
    const named = describeGraphs({ image: pictures, text: texts, said: { schema: 1 }, names: ["mobileclip_s0"], hasTokenizer: true });
    expect(named.questions[0]?.suggestion).toBe("mobileclip");
  });

  test("with several outputs leave the choice, and of one for every patch how it is pooled", () => {
    const outputs = [
      port("a", "float32", [undefined, 512]),
      port("b", "float32", [undefined, 50, 512]),
      port("c", "float32", [undefined, 512]),
    ];
    const image = graph(pictures.inputs, outputs);
    expect(ask({ family: "clip" }, { image }).questions).toMatchObject([{ field: "image.output", choices: ["a", "b", "c"] }]);
    expect(ask({ family: "clip", image: { output: "b" } }, { image }).fields).toEqual(["image.pooling"]);
    expect(ask({ family: "clip", image: { output: "b", pooling: "cls" } }, { image }).fields).toEqual([]);
  });

  test("with several pictures for inputs leave the choice", () => {
    const two = graph([port("a", "float32", [1, 3, 8, 8]), port("b", "float32", [1, 3, 8, 8])], pictures.outputs);
    expect(ask({ family: "clip" }, { image: two }).questions).toMatchObject([{ field: "image.input", choices: ["a", "b"] }]);
  });

  test("that fix no size and tell no length are asked for both", () => {
    const image = graph([port("image", "float32", undefined)], [port("y", "float32", undefined)]);
    const text = graph([port("text", "int64", undefined)], [port("z", "float32", undefined)]);
    expect(ask({ family: "clip" }, { image, text }).fields).toEqual(["image.preprocessing.size", "dim"]);
    expect(ask({ family: "clip", dim: 8, image: { preprocessing: { size: 32 } } }, { image, text }).fields).toEqual([]);
  });

  test("that no answer makes one encoder are told so", () => {
    const long = graph(texts.inputs, [port("z", "float32", [undefined, 768])]);
    expect(ask({ family: "clip" }, { text: long }).problems).toEqual([
      "The graphs give 512 numbers for a picture and 768 for a text: export both with their projection",
    ]);
    const stranger = graph([...texts.inputs, port("past", "float32", [1, 2, 3])], texts.outputs);
    expect(ask({ family: "clip" }, { text: stranger }).problems[0]).toMatch(/asks for an input past that Winnow cannot give/);
    expect(ask({ family: "dinov2" }).problems[0]).toMatch(/DINOv2 sees pictures alone, but there is a text graph/);
  });
});

test("one graph of a family that sees pictures alone leaves nothing to ask", () => {
  const hidden = graph(pictures.inputs, [port("last_hidden_state", "float32", [undefined, 257, 384])]);
  const { fields, problems, known } = ask({ family: "dinov2" }, { image: hidden, text: undefined, hasTokenizer: false });
  expect([fields, problems]).toEqual([[], []]);
  expect(known.join("\n")).toMatch(/last_hidden_state, pooled \(cls\), 384 numbers each/);
});
