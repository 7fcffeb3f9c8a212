import { expect, test } from "vitest";
import { catalogue } from "../../../../src/core/encoders/catalogue.ts";
import { findFamily } from "../../../../src/core/encoders/families.ts";
import { chooseModelFiles } from "../../../../src/core/encoders/modelFiles.ts";

test("every encoder on offer is of a family that is read, once, and nobody claims to have tried it", () => {
  expect(new Set(catalogue.map(({ id }) => id)).size).toBe(catalogue.length);
  for (const { id, family, contextLength, verified } of catalogue) {
    expect(findFamily(family)?.text === undefined, id).toBe(contextLength === null);
    expect(verified, id).toBe(false);
  }
});

test("an export of two folders is downloaded with its configuration, tokenizer and graphs, without what is for others", () => {
  const tokenizer = ["merges.txt", "special_tokens_map.json", "tokenizer.json", "tokenizer_config.json", "vocab.json"].map(
    (name) => `textual/${name}`,
  );
  const wanted = ["config.json", "visual/preprocess_cfg.json", ...tokenizer, "visual/model.onnx", "textual/model.onnx"];
  const others = [".gitattributes", "README.md", "visual/model.armnn", "visual/fp16/model.armnn", "textual/fp16/model.armnn"];
  expect(new Set(chooseModelFiles([...others, ...wanted], "fp32").paths)).toEqual(new Set(wanted));
});

test("an encoder that sees pictures alone is downloaded as one graph", () => {
  const listed = ["config.json", "preprocessor_config.json", "quantize_config.json", "onnx/model.onnx", "onnx/model_quantized.onnx"];
  expect(chooseModelFiles(listed, "fp32").paths).toEqual(["config.json", "preprocessor_config.json", "onnx/model.onnx"]);
});
