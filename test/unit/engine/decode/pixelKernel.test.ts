import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { computeLooks } from "../../../../src/core/pixels/looks.ts";
import type { Picture } from "../../../../src/core/pixels/picture.ts";
import { hashPixels } from "../../../../src/core/pixels/pixelHash.ts";
import { createWritePixels } from "../../../../src/core/pixels/preprocess.ts";
import { resizePicture } from "../../../../src/core/pixels/resample.ts";
import { createPixelKernel } from "../../../../src/engine/decode/pixelKernel.ts";
import { golden, hashOf, patternPixels } from "../../../golden/pixels/golden.ts";

// One kernel for all of it: what a picture leaves in the memory must not reach the next.
const kernel = createPixelKernel();
const side = fc.integer({ min: 1, max: 150 });
const pictures = fc
  .record({ width: side, height: side, kind: fc.constantFrom("noise" as const, "blackAndWhite" as const) })
  .map(({ width, height, kind }): Picture => ({ width, height, pixels: patternPixels(width, height, kind) }));
const filters = fc.constantFrom("bilinear" as const, "bicubic" as const, "lanczos" as const);

describe("a pixel kernel", () => {
  it.each(golden.resize)("gives Pillow's bytes: $filter of $kind, $width × $height to $outWidth × $outHeight", (given) => {
    const source = { width: given.width, height: given.height, pixels: patternPixels(given.width, given.height, given.kind) };
    const resized = resizePicture(source, { width: given.outWidth, height: given.outHeight, filter: given.filter }, kernel);
    expect(hashOf(resized.pixels)).toBe(given.sha256);
  });

  it("resizes any picture, and any part of one, as JavaScript does", () => {
    fc.assert(
      fc.property(pictures, filters, fc.record({ width: side, height: side, left: side, top: side }), (picture, filter, wanted) => {
        const [left, top] = [wanted.left % wanted.width, wanted.top % wanted.height];
        const region = { left, top, width: wanted.width - left, height: wanted.height - top };
        const resize = { width: wanted.width, height: wanted.height, filter, region };
        expect(resizePicture(picture, resize, kernel)).toEqual(resizePicture(picture, resize));
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  it("hashes any picture and makes it small and grey as JavaScript does", () => {
    fc.assert(
      fc.property(pictures, (picture) => {
        expect(computeLooks(picture, kernel.sumGreyStrip)).toEqual(computeLooks(picture));
        expect(hashPixels(picture, kernel.hashStripes)).toBe(hashPixels(picture));
      }),
      { seed: 2, numRuns: 300 },
    );
  });

  it.each([
    { name: "of more than a strip", width: 1001, height: 403 },
    { name: "whose strips are rows", width: 90_001, height: 5 },
    { name: "that is a line", width: 1, height: 20_000 },
    { name: "that is too wide for it", width: 3_000_001, height: 1 },
  ])("does a picture $name", ({ width, height }) => {
    const picture = { width, height, pixels: patternPixels(width, height) };
    const resize = { width: 61, height: 37, filter: "bicubic" } as const;
    const isSame = (ours: Uint8Array, theirs: Uint8Array): boolean => Buffer.compare(ours, theirs) === 0;
    expect(isSame(resizePicture(picture, resize, kernel).pixels, resizePicture(picture, resize).pixels)).toBe(true);
    expect(computeLooks(picture, kernel.sumGreyStrip)).toEqual(computeLooks(picture));
    expect(hashPixels(picture, kernel.hashStripes)).toBe(hashPixels(picture));
  });

  it.each(golden.preprocess.filter(({ kind }) => kind === "shortest"))(
    "gives transformers' float32 values of $width × $height",
    ({ width, height, sha256 }) => {
      const target = new Float32Array(3 * 24 * 24);
      const write = createWritePixels(
        {
          resize: { kind: "shortest", size: 30 },
          crop: { width: 24, height: 24 },
          resample: "bicubic",
          rescale: 1 / 255,
          mean: [0.48145466, 0.4578275, 0.40821073],
          std: [0.26862954, 0.26130258, 0.27577711],
        },
        { passes: kernel },
      );
      write({ width, height, pixels: patternPixels(width, height) }, target, 0);
      expect(hashOf(new Uint8Array(target.buffer))).toBe(sha256);
    },
  );
});
