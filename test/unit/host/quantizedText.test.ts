import { expect, it } from "vitest";
import { formatQuantized, formatQuantizeProgress } from "../../../src/host/quantizedText.ts";
import type { QuantizedEncoder } from "../../../src/protocol/encoders.ts";

const side = {
  form: "rows",
  products: 6,
  count: 64,
  minCosine: 0.99992,
  meanCosine: 0.99996,
  perSecond: 1454.5,
  fp32PerSecond: 900,
} as const;
const made: QuantizedEncoder = {
  id: "clip-int8",
  folder: "/cache/models/clip-int8",
  from: "clip@1/2/512/fp32",
  isNew: true,
  isKept: true,
  isUsable: true,
  image: side,
  text: { ...side, minCosine: 0.9996, perSecond: 20, fp32PerSecond: 20 },
};

it("tells how close an encoder in eight bits comes, its grade and its speed", () => {
  expect(formatQuantized(made)).toBe(
    "clip-int8 is made: cosine to float32 at least 0.99960 on generated pictures and texts, usable in its place; 1,450 pictures a second, 900 in float32, 20 texts a second, 20 in float32",
  );
  expect(formatQuantized({ ...made, isNew: false })).toMatch(/^clip-int8 was there already: /);
});

it("says where it is no faster", () => {
  expect(formatQuantized({ ...made, image: { ...side, perSecond: 900 } })).toMatch(
    /; it is no faster here, so float32 is the better choice$/,
  );
});

it("tells that nothing was kept, and why; a cosine that isn't known is no number", () => {
  const refused = { ...made, isNew: false, isKept: false, isUsable: false, text: { ...side, minCosine: 0.98 } };
  expect(formatQuantized(refused)).toBe(
    "Nothing was kept of clip-int8: cosine to float32 at least 0.98000 on generated pictures and texts, where 0.999 is needed to stand in for it",
  );
  expect(formatQuantized({ ...refused, text: { ...side, minCosine: null } })).toContain("cosine to float32 unknown on");
});

it("tells each step with its own total", () => {
  const progress = { graph: "text.onnx", form: "rows", done: 3, total: 8 } as const;
  expect(formatQuantizeProgress({ ...progress, step: "round" })).toBe("text.onnx: rounding, 37 %");
  expect(formatQuantizeProgress({ ...progress, step: "compare", total: 0 })).toBe("text.onnx: comparing with float32, 100 %");
});
