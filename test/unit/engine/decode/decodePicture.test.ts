import { readFile } from "node:fs/promises";
import { deflateSync, crc32 } from "node:zlib";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { decodePicture, defaultDecodeLimits } from "../../../../src/engine/decode/decodePicture.ts";
import { golden, goldenFile, goldenPixels } from "../../../golden/pixels/golden.ts";

/** AVIF's chroma is interpolated by each library in its own way. */
const notBitExact: Readonly<Record<string, number>> = { "photo.avif": 80 };

async function problemOf(bytes: Uint8Array, limits = defaultDecodeLimits) {
  const decoded = await decodePicture(Buffer.from(bytes), limits);
  return decoded.kind === "failed" ? decoded.problem : decoded.kind;
}

function pngChunk(kind: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(kind), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}

function makePng(width: number, height: number): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const magic = Buffer.from("89504e470d0a1a0a", "hex");
  return Buffer.concat([
    magic,
    pngChunk("IHDR", header),
    pngChunk("IDAT", deflateSync(Buffer.alloc(1000))),
    pngChunk("IEND", Buffer.alloc(0)),
  ]);
}

describe("decodePicture", () => {
  it.each(Object.entries(golden.pictures))("gives the pixels of Pillow's convert(RGB): %s", async (name, expected) => {
    const decoded = await decodePicture(await readFile(goldenFile(name)), defaultDecodeLimits);
    if (decoded.kind !== "decoded") throw new Error(JSON.stringify(decoded));
    const { picture, orientation, frames } = decoded;
    expect({ width: picture.width, height: picture.height, orientation, frames }).toEqual({
      width: expected.width,
      height: expected.height,
      orientation: expected.orientation,
      frames: expected.frames,
    });
    const difference = goldenPixels(expected).reduce((most, value, index) => Math.max(most, Math.abs(value - picture.pixels[index]!)), 0);
    expect(difference).toBeLessThanOrEqual(notBitExact[name] ?? 0);
  });

  it("tells that 16-bit grey was clipped", async () => {
    for (const [name, clipped] of [
      ["grey16.png", true],
      ["grey16Dark.png", true],
      ["greyAlpha16.png", false],
      ["grey.png", false],
    ] as const) {
      expect(await decodePicture(await readFile(goldenFile(name)), defaultDecodeLimits)).toMatchObject({ clipped });
    }
  });

  it("turns Lab into RGB, which Pillow can't", async () => {
    const lab = await sharp({ create: { width: 4, height: 4, channels: 3, background: "#c03020" } })
      .toColourspace("lab")
      .tiff()
      .toBuffer();
    const decoded = await decodePicture(lab, defaultDecodeLimits);
    if (decoded.kind !== "decoded") throw new Error(JSON.stringify(decoded));
    const off = [0xc0, 0x30, 0x20].map((value, channel) => Math.abs(value - decoded.picture.pixels[channel]!));
    expect(Math.max(...off)).toBeLessThanOrEqual(2);
  });
});

describe("decodePicture refuses", () => {
  it("zeroBytes.jpg", async () => {
    expect(await problemOf(Buffer.alloc(0))).toEqual({ code: "emptyFile", message: "is empty: 0 bytes" });
  });

  it.each(["photo420.jpg", "progressive.jpg", "cmyk.jpg", "rgb16.png", "lossy.webp", "deflated.tif", "rgb.bmp", "photo.avif"])(
    "a truncated %s",
    async (name) => {
      const whole = await readFile(goldenFile(name));
      expect(await problemOf(whole.subarray(0, Math.floor(whole.length / 2)))).toMatchObject({ code: "brokenImage" });
    },
  );

  it("damaged.png, whose pixels are not what their check sum says", async () => {
    const damaged = await readFile(goldenFile("rgb16.png"));
    damaged[700] = damaged[700]! ^ 0xff;
    expect(await problemOf(damaged)).toMatchObject({ code: "brokenImage" });
  });

  it("bomb.png, a few bytes that say they are 60,000 × 60,000 pixels", async () => {
    const problem = await problemOf(makePng(60_000, 60_000));
    expect(problem).toEqual({ code: "tooLarge", message: "says that it has 60000 × 60000 pixels, more than the limit of 178956970" });
  });

  it("bomb.bmp", async () => {
    const bomb = await readFile(goldenFile("rgb.bmp"));
    bomb.writeInt32LE(2_000_000_000, 18);
    expect(await problemOf(bomb)).toMatchObject({ code: "tooLarge" });
  });

  it("shortPixels.png, whose pixels end before its last row", async () => {
    expect(await problemOf(makePng(100, 100))).toMatchObject({ code: "brokenImage" });
  });

  it("more bytes than the limit", async () => {
    expect(await problemOf(await readFile(goldenFile("rgb.png")), { ...defaultDecodeLimits, sizeBytes: 50 })).toMatchObject({
      code: "tooLarge",
    });
  });

  it.each([
    ["htmlNamedJpg.jpg", "\n<!DOCTYPE html><html><body>404</body></html>", "is an HTML page"],
    [
      "svgNamedPng.png",
      '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>',
      "is an SVG drawing",
    ],
    ["pdfNamedPng.png", "%PDF-1.7 …", "is a PDF document"],
    ["heicNamedJpg.jpg", "\0\0\0\x18ftypheic\0\0\0\0mif1heic", "is a heic file (HEIC or video)"],
    ["notAnImage.jpg", "this is a text", "is not a picture that Winnow knows"],
    ["BMW.bmp", "BMW is a text too, long enough to be a header", "is not a picture that Winnow knows"],
  ])("%s", async (_name, content, message) => {
    expect(await problemOf(Buffer.from(content, "latin1"))).toEqual({ code: "unsupportedImage", message: message });
  });

  it("a run-length coded bitmap", async () => {
    const coded = await readFile(goldenFile("palette.bmp"));
    coded.writeUInt32LE(1, 30);
    expect(await problemOf(coded)).toMatchObject({ code: "unsupportedImage" });
  });

  it("nothing of every prefix and of every damaged byte with a crash", async () => {
    const limits = { ...defaultDecodeLimits, pixels: 1_000_000 };
    for (const name of ["photo420.jpg", "palette.png", "animated.gif", "lossy.webp", "palette.bmp", "oneBit.tif"]) {
      const whole = await readFile(goldenFile(name));
      for (let at = 0; at < whole.length; at += 13) {
        const damaged = Buffer.from(whole);
        damaged[at] = damaged[at]! ^ 0x5a;
        expect((await decodePicture(damaged, limits)).kind).toMatch(/decoded|failed/);
        expect((await decodePicture(whole.subarray(0, at), limits)).kind).toMatch(/decoded|failed/);
      }
    }
  });
});
