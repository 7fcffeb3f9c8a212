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

/** Something like a photograph: shapes of many sizes and colours over a soft light, with the grain of a sensor. */
export function drawScene({ width, height, channels, seed }: DrawingShape): Drawing {
  const random = createRandom(seed);
  const size = Math.max(width, height);
  const drawing = paint({ width, height, channels }, (_, y) => 60 + (120 * y) / height);
  for (let i = 0; i < 14; i += 1) {
    const [x, y] = [random() * width, random() * height];
    const reach = size * (0.03 + 0.17 * random());
    const isRound = random() < 0.5;
    const colour = Array.from({ length: channels }, () => 20 + 215 * random());
    drawBlob(drawing, { x, y, across: reach, down: isRound ? reach : reach / 2, isRound, colour });
  }
  const { values } = drawing;
  for (let i = 0; i < values.length; i += 1) values[i] = values[i]! + Math.floor(24 * random()) - 12;
  return drawing;
}

interface Blob {
  readonly x: number;
  readonly y: number;
  readonly across: number;
  readonly down: number;
  readonly isRound: boolean;
  readonly colour: readonly number[];
}

function drawBlob({ width, height, channels, values }: Drawing, { x, y, across, down, isRound, colour }: Blob): void {
  for (let row = Math.max(0, Math.ceil(y - down)); row < Math.min(height, y + down); row += 1) {
    const half = isRound ? Math.sqrt(Math.max(0, across * across - (row - y) ** 2)) : across;
    for (let column = Math.max(0, Math.ceil(x - half)); column < Math.min(width, x + half); column += 1) {
      for (let channel = 0; channel < channels; channel += 1) values[(row * width + column) * channels + channel] = colour[channel]!;
    }
  }
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
