import { expect, it } from "vitest";
import { drawCurve } from "../../../../src/core/tune/curvePicture.ts";

const format = (value: number): string => value.toFixed(1);

it("draws a curve from its least to its greatest value, broken where one is unknown", () => {
  const values = [1, 3, null, 2, 2.5];
  const svg = drawCurve({ points: values.map((value, epoch) => ({ epoch, value })), format })!;
  expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"[^]*<\/svg>$/);
  // The ground for 1.0, the top for 3.0, and between them for the others.
  expect(svg).toContain('d="M64.0 152.0L184.0 12.0M424.0 82.0L544.0 47.0"');
  expect(svg.match(/<circle /g)).toHaveLength(4);
  expect(svg.match(/>[\d.]+<\/text>/g)).toEqual([">1.0</text>", ">3.0</text>", ">0</text>", ">2</text>", ">4</text>"]);
});

it("draws a single value in the middle, and nothing where nothing is known", () => {
  expect(drawCurve({ points: [{ epoch: 1, value: 2 }], format })).toContain('cx="544.0" cy="82.0"');
  expect(drawCurve({ points: [{ epoch: 1, value: null }], format })).toBeUndefined();
});
