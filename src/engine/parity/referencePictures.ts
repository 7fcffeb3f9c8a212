import sharp, { type Sharp } from "sharp";
import type { Drawing } from "../../core/parity/drawing.ts";
import { drawEdges, drawGlyphs, drawGradient, drawScene } from "../../core/parity/drawing.ts";

/** A picture of the reference material: its case, its file's name, and what makes the file's bytes. */
export interface ReferencePicture {
  readonly case: string;
  readonly file: string;
  readonly make: () => Promise<Buffer>;
}

type Draw = typeof drawScene;

const sharpest = { quality: 92, chromaSubsampling: "4:4:4" } as const;

/** The pictures that image paths are tried with, each kind of file and shape that a dataset may hold. Seeded: the same in every run of one version of sharp. */
export const referencePictures: readonly ReferencePicture[] = [
  picture("gradients", "gradient.png", () => scene(drawGradient, 320, 240).png()),
  picture("gradients", "gradient.jpg", () => scene(drawGradient, 321, 243).jpeg(sharpest)),
  picture("edges", "edges.png", () => scene(drawEdges, 640, 480).png()),
  picture("edges", "edgesOdd.png", () => scene(drawEdges, 333, 251).png()),
  picture("edges", "edgesSmall.png", () => scene(drawEdges, 97, 61).png()),
  picture("text", "page.png", () => scene(drawGlyphs, 800, 600).png()),
  picture("text", "page.jpg", () => scene(drawGlyphs, 500, 707).jpeg({ quality: 75 })),
  // Every remainder of the crop in the middle: widths of 225 to 231 beside 224 when the height is 224 already.
  ...[225, 226, 227, 229, 230, 231].map((width) => picture("crop", `crop${width}.png`, () => scene(drawScene, width, 224).png())),
  picture("wideAndTall", "wide.png", () => scene(drawScene, 1600, 90).png()),
  picture("wideAndTall", "tall.jpg", () => scene(drawScene, 70, 1400).jpeg(sharpest)),
  picture("wideAndTall", "thread.png", () => scene(drawGradient, 2000, 3).png()),
  picture("grey", "grey.jpg", () => grey(drawScene, 300, 200).jpeg({ quality: 90 })),
  picture("grey", "grey.png", () => grey(drawScene, 200, 300).png()),
  picture("grey", "oneBit.png", () => grey(drawGlyphs, 320, 240).png({ palette: true, colours: 2 })),
  picture("alpha", "greyAlpha.png", () =>
    raw(draw(drawScene, 256, 200, 2))
      .toColourspace("b-w")
      .png(),
  ),
  picture("alpha", "rgba.png", () => raw(draw(drawScene, 260, 230, 4)).png()),
  picture("alpha", "rgba.webp", () => raw(draw(drawScene, 260, 230, 4)).webp({ lossless: true, exact: true })),
  picture("cmyk", "cmyk.jpg", () => scene(drawScene, 320, 260).toColourspace("cmyk").jpeg({ quality: 95 })),
  picture("deep", "rgb16.png", () => deep(draw(drawGradient, 300, 240, 3))),
  picture("deep", "rgba16.png", () => deep(draw(drawScene, 240, 240, 4))),
  picture("deep", "grey16.png", () => deep(draw(drawScene, 240, 200, 1))),
  ...[1, 2, 3, 4, 5, 6, 7, 8].map((orientation) =>
    picture("rotated", `orientation${orientation}.jpg`, () => scene(drawScene, 330, 220).withMetadata({ orientation }).jpeg(sharpest)),
  ),
  picture("palette", "palette.png", () => scene(drawScene, 310, 250).png({ palette: true, colours: 32 })),
  picture("palette", "palette.gif", () => scene(drawScene, 250, 310).gif({ colours: 64 })),
  picture("tiny", "onePixel.png", () => scene(drawGradient, 1, 1).png()),
  picture("tiny", "sevenPixels.png", () => scene(drawEdges, 7, 7).png()),
  picture("tiny", "line.png", () => scene(drawGradient, 7, 1).png()),
  picture("webp", "lossy.webp", () => scene(drawScene, 480, 360).webp({ quality: 80 })),
  picture("webp", "lossless.webp", () => scene(drawScene, 200, 280).webp({ lossless: true })),
  picture("jpeg", "progressive.jpg", () => scene(drawScene, 500, 375).jpeg({ quality: 85, progressive: true })),
  picture("jpeg", "subsampled.jpg", () => scene(drawScene, 501, 373).jpeg({ quality: 75, chromaSubsampling: "4:2:0" })),
  picture("jpeg", "coarse.jpg", () => scene(drawScene, 400, 300).jpeg({ quality: 30 })),
  picture("jpeg", "small.jpg", () => scene(drawScene, 224, 224).jpeg({ quality: 90 })),
  picture("camera", "camera.jpg", () => scene(drawScene, 1632, 1224).jpeg({ quality: 90 })),
  picture("camera", "cameraUpright.jpg", () => scene(drawScene, 1225, 1633).jpeg({ quality: 85 })),
  // 24 million pixels, enlarged from fewer because drawing them takes a minute.
  picture("huge", "huge.jpg", () => scene(drawScene, 1500, 1000).resize(6000, 4000, { kernel: "nearest" }).jpeg({ quality: 80 })),
];

function picture(case_: string, file: string, make: () => Sharp): ReferencePicture {
  return { case: case_, file, make: () => make().toBuffer() };
}

function scene(how: Draw, width: number, height: number): Sharp {
  return raw(draw(how, width, height, 3));
}

function grey(how: Draw, width: number, height: number): Sharp {
  return raw(draw(how, width, height, 1)).toColourspace("b-w");
}

/** A seed of the size, so that no two pictures are alike. */
function draw(how: Draw, width: number, height: number, channels: number): Drawing {
  return how({ width, height, channels, seed: width * 7919 + height * 31 + channels });
}

function raw({ values, width, height, channels }: Drawing): Sharp {
  return sharp(values, { raw: { width, height, channels: channels as 1 | 2 | 3 | 4 } });
}

/** Numbers of 16 bits: the byte above, and below it something of its own, which is to be cut off. */
function deep({ values, width, height, channels }: Drawing): Sharp {
  const deepValues = Uint16Array.from(values, (value, i) => value * 256 + ((i * 37) & 255));
  const isGrey = channels < 3;
  return sharp(deepValues, { raw: { width, height, channels: channels as 1 | 3 | 4 } })
    .toColourspace(isGrey ? "grey16" : "rgb16")
    .png();
}
