import { createRandom } from "../../../../src/core/random.ts";
import type { Picture } from "../../../../src/core/pixels/picture.ts";

/** A seeded picture of coloured blobs on a slope of grey: something to recognise at every size. */
export function madePicture(seed: number, { width = 120, height = 90 }: { width?: number; height?: number } = {}): Picture {
  const random = createRandom(seed * 7919 + 1);
  const blobs = Array.from({ length: 30 }, () => ({
    x: random(),
    y: random(),
    size: 0.03 + 0.12 * random(),
    colour: [random() * 255, random() * 255, random() * 255],
  }));
  const [slopeX, slopeY] = [random() * 120, random() * 120];
  return paint(width, height, (x, y) => {
    const hit = blobs.findLast((blob) => (x - blob.x) ** 2 + (y - blob.y) ** 2 < blob.size ** 2);
    return hit?.colour ?? [slopeX * x + slopeY * y, slopeX * x + 20, slopeY * y + 40];
  });
}

/** A picture from a function of places in [0, 1) to red, green and blue. */
export function paint(width: number, height: number, colourAt: (x: number, y: number) => readonly number[]): Picture {
  const pixels = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y += 1)
    for (let x = 0; x < width; x += 1) pixels.set(colourAt((x + 0.5) / width, (y + 0.5) / height).map(Math.round), (y * width + x) * 3);
  return { width, height, pixels };
}

/** The picture's mirror image. */
export function mirrored(picture: Picture): Picture {
  return paint(picture.width, picture.height, (x, y) => pixelAt(picture, 1 - x, y));
}

/** The picture blended with a colour. */
export function tinted(picture: Picture, share: number): Picture {
  return paint(picture.width, picture.height, (x, y) =>
    pixelAt(picture, x, y).map((value, channel) => value * (1 - share) + [250, 120, 30][channel]! * share),
  );
}

function pixelAt({ width, height, pixels }: Picture, x: number, y: number): number[] {
  const at = (Math.min(height - 1, Math.floor(y * height)) * width + Math.min(width - 1, Math.floor(x * width))) * 3;
  return [...pixels.subarray(at, at + 3)];
}
