import { readFile } from "node:fs/promises";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { readPlainJpegSize } from "../../../../src/core/pixels/jpeg.ts";
import { golden, goldenFile } from "../../../golden/pixels/golden.ts";

describe("readPlainJpegSize", () => {
  it("says what libvips says, or nothing where there is more to say than a size", async () => {
    const plain: string[] = [];
    for (const name of Object.keys(golden.pictures).filter((name) => name.endsWith(".jpg"))) {
      const bytes = await readFile(goldenFile(name));
      const size = readPlainJpegSize(bytes);
      if (size === undefined) continue;
      plain.push(name);
      const { width, height, space, orientation, pages } = await sharp(bytes).metadata();
      expect({ ...size, orientation: undefined, pages: undefined }).toEqual({ width, height, orientation, pages });
      expect(["srgb", "b-w"]).toContain(space);
    }
    expect(plain).toEqual(expect.arrayContaining(["grey.jpg", "photo420.jpg", "photo444.jpg", "progressive.jpg"]));
    expect(plain.filter((name) => /cmyk|ycck|profile|orientation[2-8]/.test(name))).toEqual([]);
  });

  it("says nothing of a header that ends too soon, of another file, or of a height that comes later", async () => {
    const bytes = await readFile(goldenFile("photo420.jpg"));
    const frame = bytes.indexOf(Buffer.from([0xff, 0xc0]));
    for (let length = 0; length < frame + 10; length += 1) expect(readPlainJpegSize(bytes.subarray(0, length))).toBeUndefined();
    expect(readPlainJpegSize(await readFile(goldenFile("rgb.png")))).toBeUndefined();
    const open = Buffer.from(bytes);
    open.writeUInt16BE(0, frame + 5);
    expect(readPlainJpegSize(open)).toBeUndefined();
  });
});
