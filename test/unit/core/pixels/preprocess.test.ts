import { describe, expect, it } from "vitest";
import type { ImagePreprocessing } from "../../../../src/core/encoder.ts";
import { createWritePixels, outputSize, resizedSize } from "../../../../src/core/pixels/preprocess.ts";
import { golden, hashOf, patternPixels, type GoldenPreprocess } from "../../../golden/pixels/golden.ts";

const clip: ImagePreprocessing = {
  resize: { kind: "shortest", size: 30 },
  crop: { width: 24, height: 24 },
  resample: "bicubic",
  rescale: 1 / 255,
  mean: [0.48145466, 0.4578275, 0.40821073],
  std: [0.26862954, 0.26130258, 0.27577711],
};

const preprocessings: Readonly<Record<GoldenPreprocess["kind"], ImagePreprocessing>> = {
  shortest: clip,
  padded: { ...clip, resize: { kind: "shortest", size: 15 }, crop: { width: 23, height: 24 } },
  squash: {
    ...clip,
    resize: { kind: "squash", width: 22, height: 24 },
    crop: undefined,
    resample: "bilinear",
    mean: [0.5, 0.5, 0.5],
    std: [0.5, 0.5, 0.5],
  },
};

describe("createWritePixels", () => {
  it.each(golden.preprocess)("gives transformers' float32 values: $kind of $width × $height", ({ kind, width, height, sha256 }) => {
    const size = outputSize(preprocessings[kind]);
    const target = new Float32Array(3 * size.width * size.height);
    createWritePixels(preprocessings[kind])({ width, height, pixels: patternPixels(width, height) }, target, 0);
    expect(hashOf(new Uint8Array(target.buffer))).toBe(sha256);
  });

  it("writes its slot and nothing beside it", () => {
    const length = 3 * 24 * 24;
    const target = new Float32Array(3 * length).fill(9);
    createWritePixels(clip)({ width: 40, height: 30, pixels: patternPixels(40, 30) }, target, length);
    expect(target.subarray(0, length).every((value) => value === 9)).toBe(true);
    expect(target.subarray(length, 2 * length).every((value) => value !== 9)).toBe(true);
    expect(target.subarray(2 * length).every((value) => value === 9)).toBe(true);
  });

  it("leaves nothing of the last picture in the padding", () => {
    const write = createWritePixels(preprocessings.padded);
    const fresh = new Float32Array(3 * 23 * 24);
    const used = new Float32Array(3 * 23 * 24).fill(9);
    const picture = { width: 20, height: 20, pixels: patternPixels(20, 20) };
    write(picture, fresh, 0);
    write(picture, used, 0);
    expect(used).toEqual(fresh);
  });
});

describe("a crop with half a pixel over", () => {
  const write = (width: number, rounding: "even" | undefined): number => {
    const crop = { width: 24, height: 24, ...(rounding && { rounding }) };
    const target = new Float32Array(3 * 24 * 24);
    const pixels = Uint8Array.from({ length: width * 24 * 3 }, (_, at) => Math.floor(at / 3) % width);
    const plain: ImagePreprocessing = { ...clip, resize: { kind: "none" }, crop, rescale: 1, mean: [0, 0, 0], std: [1, 1, 1] };
    createWritePixels(plain)({ width, height: 24, pixels }, target, 0);
    return target[0]!;
  };

  it("begins at the even pixel as torchvision's does, and one earlier as transformers'", () => {
    const widths = [24, 25, 26, 27, 28, 29, 31, 33];
    expect(widths.map((width) => write(width, "even"))).toEqual([0, 0, 1, 2, 2, 2, 4, 4]);
    expect(widths.map((width) => write(width, undefined))).toEqual([0, 0, 1, 1, 2, 2, 3, 4]);
  });
});

describe("resizedSize", () => {
  it("cuts the longer side down to an integer", () => {
    expect(resizedSize({ ...clip, resize: { kind: "shortest", size: 224 } }, { width: 640, height: 427 })).toEqual({
      width: 335,
      height: 224,
    });
    expect(resizedSize({ ...clip, resize: { kind: "shortest", size: 224 } }, { width: 1, height: 500 })).toEqual({
      width: 224,
      height: 112000,
    });
  });
});

describe("outputSize", () => {
  it("refuses a preprocessing whose output follows the picture", () => {
    expect(() => outputSize({ ...clip, crop: undefined })).toThrow(RangeError);
  });
});
