import { describe, expect, it } from "vitest";
import { captionerFamilies, captionerFiles, planCaptioner } from "../../../src/core/captioners.ts";

const vitGpt2 = (...graphs: string[]): string[] => [...captionerFiles, ...graphs.map((graph) => `onnx/${graph}`)];

describe("a captioner's folder", () => {
  it.each(captionerFamilies.map((family) => [family.type, family.graphs] as const))("of the type %s needs its graphs", (type, graphs) => {
    const files = [...captionerFiles, ...graphs.map((graph) => `onnx/${graph}.onnx`)];
    expect(planCaptioner(type, files)).toMatchObject({ graphs: graphs.map((name) => ({ name, dtype: "fp32" })) });
    for (const file of files)
      expect(
        planCaptioner(
          type,
          files.filter((other) => other !== file),
        ),
      ).toContain("is missing");
  });

  it("is taken in the most exact precision that each graph has, half precision last", () => {
    const files = vitGpt2("encoder_model_fp16.onnx", "encoder_model_quantized.onnx", "decoder_model_merged_fp16.onnx");
    expect(planCaptioner("vision-encoder-decoder", files)).toMatchObject({ graphs: [{ dtype: "q8" }, { dtype: "fp16" }] });
  });

  it("has graphs whose weights lie beside them", () => {
    const files = vitGpt2("encoder_model.onnx", "encoder_model.onnx_data", "encoder_model_q4.onnx_data", "decoder_model_merged.onnx");
    expect(planCaptioner("vision-encoder-decoder", files)).toMatchObject({
      graphs: [{ files: ["onnx/encoder_model.onnx", "onnx/encoder_model.onnx_data"] }, { files: ["onnx/decoder_model_merged.onnx"] }],
    });
  });

  it("of another type is told with those that are known", () => {
    expect(planCaptioner("blip", [])).toBe(
      'models of the type "blip" can\'t be run here, only vision-encoder-decoder, florence2, smolvlm, idefics3',
    );
  });
});
