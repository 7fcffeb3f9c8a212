import type { Picture } from "../pixels/picture.ts";
import type { Size } from "../pixels/preprocess.ts";
import { createRandom, drawInteger } from "../random.ts";

const words =
  "a the two small large red blue old wooden bright dog cat child man woman bird car boat house tree river street table sky runs sits jumps stands sleeps on in under beside near and with without at night".split(
    " ",
  );
const shapeCount = 12;
const longestText = 60;

/** Draws a seeded picture: shapes on a gradient, under noise of a strength that differs from picture to picture. */
export function drawTrialPicture({ width, height }: Size, seed: number): Picture {
  const random = createRandom(seed);
  const below = (limit: number): number => drawInteger(random, limit);
  const noise = below(60);
  const [first, last] = [0, 1].map(() => [below(256), below(256), below(256)] as const) as [Colour, Colour];
  const shapes = Array.from({ length: shapeCount }, () => ({
    x: below(width),
    y: below(height),
    reach: 4 + below(Math.max(1, Math.floor(width / 4))),
    isRound: random() < 0.5,
    colour: [below(256), below(256), below(256)] as const,
  }));
  const pixels = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const on = shapes.findLast((shape) => {
        const [across, down] = [Math.abs(x - shape.x), Math.abs(y - shape.y)];
        return shape.isRound ? across * across + down * down < shape.reach * shape.reach : Math.max(across, down) < shape.reach;
      });
      const share = (x + y) / (width + height);
      for (const channel of [0, 1, 2] as const) {
        const value = on?.colour[channel] ?? first[channel] + share * (last[channel] - first[channel]);
        pixels[(y * width + x) * 3 + channel] = Math.max(0, Math.min(255, Math.round(value + (random() - 0.5) * 2 * noise)));
      }
    }
  }
  return { width, height, pixels };
}

type Colour = readonly [number, number, number];

/** Draws a seeded text of 1 to 60 plain words. */
export function drawTrialText(seed: number): string {
  const random = createRandom(seed);
  // Most captions are short: the square of an even draw.
  const length = 1 + Math.floor(random() ** 2 * longestText);
  return Array.from({ length }, () => words[drawInteger(random, words.length)]).join(" ");
}
