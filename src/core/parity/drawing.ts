import { createRandom, drawInteger } from "../random.ts";

/** A drawing of bytes, row-major: `values` is height × width × channels. */
export interface Drawing {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly values: Uint8Array;
}

/** What is drawn: its size, the number of channels, and the seed of whatever is left to chance. */
export interface DrawingShape {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly seed: number;
}

/** A gradient in each channel, each in another direction. */
export function drawGradient({ width, height, channels }: DrawingShape): Drawing {
  return paint({ width, height, channels }, (x, y, channel) => {
    const [across, down] = [x / Math.max(1, width - 1), y / Math.max(1, height - 1)];
    return 255 * [across, down, (across + down) / 2, 1 - across * down][channel % 4]!;
  });
}

/** Hard edges of full contrast: stripes that grow finer to the right above a board of squares, which a resize turns into rings where it is wrong. */
export function drawEdges({ width, height, channels }: DrawingShape): Drawing {
  return paint({ width, height, channels }, (x, y, channel) => {
    const isStripe = y < height / 2;
    const step = isStripe ? 1 + Math.floor((12 * (width - x)) / width) : 5 + 3 * channel;
    return (Math.floor(x / step) + (isStripe ? 0 : Math.floor(y / step))) % 2 === 0 ? 0 : 255;
  });
}

/** Rows of made-up letters, five by seven dots each, on paper. */
export function drawGlyphs(shape: DrawingShape): Drawing {
  const random = createRandom(shape.seed);
  const dot = Math.max(1, Math.floor(shape.width / 120));
  const [cellWidth, cellHeight] = [6 * dot, 10 * dot];
  const columns = Math.ceil(shape.width / cellWidth);
  const letters = Array.from({ length: columns * Math.ceil(shape.height / cellHeight) }, () => drawInteger(random, 2 ** 30));
  return paint(shape, (x, y) => {
    const letter = letters[Math.floor(y / cellHeight) * columns + Math.floor(x / cellWidth)]!;
    const [column, row] = [Math.floor((x % cellWidth) / dot), Math.floor((y % cellHeight) / dot)];
    const isInk = column < 5 && row < 6 && ((letter >> (row * 5 + column)) & 1) === 1 && letter % 7 !== 0;
    return isInk ? 20 : 240;
  });
}

interface Blob {
  readonly x: number;
  readonly y: number;
  readonly reach: number;
  readonly isRound: boolean;
  readonly colour: readonly number[];
}

/** Something like a photograph: shapes of many sizes and colours over a soft light, with the grain of a sensor. */
export function drawScene(shape: DrawingShape): Drawing {
  const random = createRandom(shape.seed);
  const size = Math.max(shape.width, shape.height);
  const blobs: Blob[] = Array.from({ length: 14 }, () => ({
    x: random() * shape.width,
    y: random() * shape.height,
    reach: size * (0.03 + 0.17 * random()),
    isRound: random() < 0.5,
    colour: Array.from({ length: shape.channels }, () => 255 * random()),
  }));
  return paint(shape, (x, y, channel) => {
    let value = 60 + (120 * y) / shape.height;
    for (const blob of blobs) {
      const [dx, dy] = [Math.abs(x - blob.x), Math.abs(y - blob.y)];
      if (blob.isRound ? dx * dx + dy * dy < blob.reach * blob.reach : Math.max(dx, dy * 2) < blob.reach) value = blob.colour[channel]!;
    }
    return value + 24 * (random() - 0.5);
  });
}

function paint(
  { width, height, channels }: Pick<DrawingShape, "width" | "height" | "channels">,
  valueAt: (x: number, y: number, channel: number) => number,
): Drawing {
  const values = new Uint8Array(width * height * channels);
  let at = 0;
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      for (let channel = 0; channel < channels; channel += 1) {
        values[at] = Math.min(255, Math.max(0, Math.round(valueAt(x, y, channel))));
        at += 1;
      }
    }
  }
  return { width, height, channels, values };
}
