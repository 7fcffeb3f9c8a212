/** 256-bit hashes of a picture's look and of its mirror image's, 32 bytes each, for `hammingDistance`. */
export interface PerceptualHashes {
  readonly perceptualHash: Uint8Array;
  readonly mirroredHash: Uint8Array;
}

/** Columns of the cells that are hashed. */
export const columnsOfHash = 17;
const rows = 16;

/**
 * Difference hash (N. Krawetz, "Kind of Like That", 2013) at 16 × 16: a bit is set where a cell of the 17 × 16 grey thumbnail is brighter
 * than its right neighbour; row by row, highest bit first. `cells` are the sums of 32 rows of 17 (see `sumGreyCells`), of which two make one: exact, so the
 * hash of a flipped picture is the mirrored hash to the bit.
 */
export function hashesOfCells(cells: Float64Array): PerceptualHashes {
  const columns = columnsOfHash;
  const sumAt = (row: number, column: number): number => cells[2 * row * columns + column]! + cells[(2 * row + 1) * columns + column]!;
  const perceptualHash = new Uint8Array((rows * (columns - 1)) / 8);
  const mirroredHash = new Uint8Array(perceptualHash.length);
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns - 1; column += 1) {
      const left = sumAt(row, column);
      const right = sumAt(row, column + 1);
      if (left > right) setBit(perceptualHash, row * (columns - 1) + column);
      if (right > left) setBit(mirroredHash, row * (columns - 1) + (columns - 2 - column));
    }
  }
  return { perceptualHash, mirroredHash };
}

/** The number of bits that differ between hashes of equal length. */
export function hammingDistance(a: Uint8Array, b: Uint8Array): number {
  let distance = 0;
  for (let at = 0; at < a.length; at += 1) distance += countBits(a[at]! ^ b[at]!);
  return distance;
}

function setBit(bits: Uint8Array, index: number): void {
  bits[index >> 3] = bits[index >> 3]! | (0x80 >> (index & 7));
}

function countBits(byte: number): number {
  let rest = byte;
  let count = 0;
  while (rest !== 0) {
    rest &= rest - 1;
    count += 1;
  }
  return count;
}
