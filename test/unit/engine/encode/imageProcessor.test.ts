import { expect, test } from "vitest";
import { inputSizeOf, parseImageProcessor } from "../../../../src/engine/encode/imageProcessor.ts";

test("an empty file means CLIP's own preparation", () => {
  expect(parseImageProcessor({})).toMatchObject({
    resize: { kind: "shortest", size: 224 },
    crop: { width: 224, height: 224 },
    resample: "bicubic",
    rescale: 1 / 255,
    std: [0.26862954, 0.26130258, 0.27577711],
  });
});

test.each([
  [
    { size: 336, crop_size: 336 },
    { kind: "shortest", size: 336 },
    { width: 336, height: 336 },
  ],
  [
    { size: { shortest_edge: 256 }, crop_size: { height: 224, width: 200 } },
    { kind: "shortest", size: 256 },
    { width: 200, height: 224 },
  ],
  [{ size: { height: 384, width: 380 }, do_center_crop: false }, { kind: "squash", width: 380, height: 384 }, undefined],
  [{ image_processor_type: "SiglipImageProcessor" }, { kind: "squash", width: 224, height: 224 }, undefined],
  [{ feature_extractor_type: "ViTFeatureExtractor", size: 256 }, { kind: "squash", width: 256, height: 256 }, undefined],
  [{ do_resize: false, crop_size: 64 }, { kind: "none" }, { width: 64, height: 64 }],
])("%j is resized and cropped as transformers does", (json, resize, crop) => {
  const image = parseImageProcessor(json);
  expect([image.resize, image.crop]).toEqual([resize, crop]);
});

test.each([
  [0, "nearest"],
  [1, "lanczos"],
  [2, "bilinear"],
  [3, "bicubic"],
])("resample %i is %s", (resample, name) => {
  expect(parseImageProcessor({ resample }).resample).toBe(name);
});

test("flags that are off leave the values alone", () => {
  expect(parseImageProcessor({ do_rescale: false, do_normalize: false })).toMatchObject({ rescale: 1, mean: [0, 0, 0], std: [1, 1, 1] });
});

test.each([
  [{ resample: 4 }, /resample: expected 0, 1, 2 or 3 but received 4/],
  [{ size: { longest_edge: 512 } }, /longest_edge is not supported/],
  [{ size: { height: 4 } }, /size: expected a number, or height and width/],
  [{ image_mean: [0.5] }, /image_mean/],
  [{ do_pad: true }, /do_pad/],
])("%j is refused by the name of its key", (json, message) => {
  expect(() => parseImageProcessor(json)).toThrow(message);
});

test("the pixels' size is the crop's, else the square's, else unknown", () => {
  expect(inputSizeOf(parseImageProcessor({}))).toEqual({ width: 224, height: 224 });
  expect(inputSizeOf(parseImageProcessor({ size: { height: 3, width: 5 }, do_center_crop: false }))).toEqual({ width: 5, height: 3 });
  expect(inputSizeOf(parseImageProcessor({ do_center_crop: false }))).toBeUndefined();
});
