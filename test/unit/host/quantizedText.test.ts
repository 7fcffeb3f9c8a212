import { expect, it } from "vitest";
import { formatQuantized, formatQuantizeProgress } from "../../../src/host/quantizedText.ts";
import type { QuantizedEncoder } from "../../../src/protocol/encoders.ts";

const side = { form: "rows", products: 6, perSecond: 1454.5, fp32PerSecond: 900 } as const;
const caseOf = (modality: "image" | "text", min: number | null) => ({ id: "long", modality, count: 3, unknown: 0, min, mean: min });
const made: QuantizedEncoder = {
  id: "clip-int8",
  folder: "/cache/models/clip-int8",
  from: "clip@1/2/512/fp32",
  isNew: true,
  isKept: true,
  isUsable: true,
  grade: "usable",
  cases: [caseOf("image", 0.9999212), caseOf("text", 0.9996003)],
  image: side,
  text: { ...side, perSecond: 20, fp32PerSecond: 20 },
};

it("tells how close an encoder in eight bits comes, its grade and its speed", () => {
  expect(formatQuantized(made)).toMatch(
    /^clip-int8 is made: cosine to float32 at least 0\.99960\d* on .*, usable in its place; 1,450 pictures a second, 900 in float32, 20 texts a second, 20 in float32$/,
  );
  expect(formatQuantized({ ...made, isNew: false })).toMatch(/^clip-int8 was there already: /);
});

it("leaves the texts out where the encoder sees pictures alone", () => {
  expect(formatQuantized({ ...made, text: null })).toMatch(/; 1,450 pictures a second, 900 in float32$/);
});

it("says where it is no faster", () => {
  expect(formatQuantized({ ...made, image: { ...side, perSecond: 900 } })).toMatch(
    /; it is no faster here, so float32 is the better choice$/,
  );
});

it("tells that nothing was kept, and why; a cosine that isn't known is no number", () => {
  const refused = { ...made, isNew: false, isKept: false, isUsable: false, grade: "failed", cases: [caseOf("text", 0.98)] } as const;
  expect(formatQuantized(refused)).toMatch(
    /^Nothing was kept of clip-int8: cosine to float32 at least 0\.980* on .*, where 0\.999 is needed/,
  );
  expect(formatQuantized({ ...refused, cases: [caseOf("text", null)] })).not.toMatch(/least 0/);
});

it("tells each step with its own total", () => {
  const progress = { graph: "text.onnx", form: "rows", done: 3, total: 8 } as const;
  expect(formatQuantizeProgress({ step: "reference", done: 1, total: 2 })).toBe("encoding in float32, 50 %");
  expect(formatQuantizeProgress({ ...progress, step: "round" })).toBe("text.onnx: rounding, 37 %");
  expect(formatQuantizeProgress({ ...progress, step: "compare", total: 0 })).toBe("text.onnx: comparing with float32, 100 %");
});
