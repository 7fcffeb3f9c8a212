/** A matrix of signed bytes, rows × columns; an entry times its column's scale is about what it was made from. */
export interface RoundedColumns {
  readonly values: Int8Array<ArrayBuffer>;
  readonly scales: Float32Array<ArrayBuffer>;
}

/** The shape of a product's weights: as they are multiplied, and whether they lie transposed (columns × rows). */
export interface ProductShape {
  readonly rows: number;
  readonly columns: number;
  readonly isTransposed: boolean;
}

/**
 * What a weight, or two of one sign that follow each other in a column, may come to before they are rounded. CPUs without VNNI add two products
 * with unsigned bytes in 16 bits, and what does not fit is cut (onnxruntime's `session.x64quantprecision` tells of it): 255 × (127 + 1) fits, so that
 * products are exact on every machine.
 */
const largest = 127;
/** Smaller weights are zeros: a scale for them would lose its digits. */
const smallestReach = 1e-30;
/** What stands for zero among unsigned bytes. */
const zeroPoint = 128;

/**
 * Rounds the weights of a product to eight bits, each column by a scale of its own, and lays them out rows × columns. A column of zeros has the
 * scale 1. Throws a RangeError where a weight is not finite: no scale is right for it.
 */
export function roundColumns(weights: Float32Array, shape: ProductShape): RoundedColumns {
  const { rows, columns, isTransposed } = shape;
  const [rowStep, columnStep] = isTransposed ? [1, rows] : [columns, 1];
  const reach = new Float64Array(columns);
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      const at = row * rowStep + column * columnStep;
      const weight = weights[at]!;
      const before = row === 0 ? 0 : weights[at - rowStep]!;
      const sum = weight > 0 === before > 0 ? Math.abs(weight + before) : Math.abs(weight);
      if (!(sum < Infinity)) throw new RangeError("a weight is not a finite number");
      if (sum > reach[column]!) reach[column] = sum;
    }
  }
  const scales = Float32Array.from(reach, scaleOf);
  const values = new Int8Array(rows * columns);
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      values[row * columns + column] = Math.round(weights[row * rowStep + column * columnStep]! / scales[column]!);
    }
  }
  return { values, scales };
}

/** A matrix of unsigned bytes around 128, columns × blocks × `blockLength`, with a scale for each column's block. */
export interface RoundedBlocks {
  readonly values: Uint8Array<ArrayBuffer>;
  readonly scales: Float32Array<ArrayBuffer>;
}

/**
 * Rounds the weights of a product to eight bits, each stretch of `blockLength` rows of a column by a scale of its own, in the order of onnxruntime's
 * MatMulNBits. Rows are filled up with zeros to whole blocks. Throws a RangeError where a weight is not finite.
 */
export function roundBlocks(weights: Float32Array, shape: ProductShape, blockLength: number): RoundedBlocks {
  const { rows, columns, isTransposed } = shape;
  const [rowStep, columnStep] = isTransposed ? [1, rows] : [columns, 1];
  const blocks = Math.ceil(rows / blockLength);
  const values = new Uint8Array(columns * blocks * blockLength).fill(zeroPoint);
  const scales = new Float32Array(columns * blocks);
  for (let column = 0; column < columns; column += 1) {
    for (let block = 0; block < blocks; block += 1) {
      const [from, to] = [block * blockLength, Math.min(rows, (block + 1) * blockLength)];
      let reach = 0;
      for (let row = from; row < to; row += 1) {
        const magnitude = Math.abs(weights[row * rowStep + column * columnStep]!);
        if (!(magnitude < Infinity)) throw new RangeError("a weight is not a finite number");
        if (magnitude > reach) reach = magnitude;
      }
      const scale = scaleOf(reach);
      scales[column * blocks + block] = scale;
      for (let row = from; row < to; row += 1) {
        values[column * blocks * blockLength + row] = zeroPoint + Math.round(weights[row * rowStep + column * columnStep]! / scale);
      }
    }
  }
  return { values, scales };
}

/** A float32 number. */
function scaleOf(reach: number): number {
  return reach < smallestReach ? 1 : Math.fround(reach / largest);
}
