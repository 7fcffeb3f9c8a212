import { describe, expect, it } from "vitest";
import { float16FromFloat32 } from "../../../../src/core/float16.ts";
import { eachVectorBlock, readShape } from "../../../../src/engine/import/vectorBlocks.ts";
import { formatNpyHeader, npyBytes } from "../../../../src/engine/store/npy.ts";

async function* inPieces(bytes: Uint8Array, length: number): AsyncGenerator<Buffer> {
  for (let from = 0; from < bytes.length; from += length) yield await Promise.resolve(Buffer.from(bytes.subarray(from, from + length)));
}

async function readAll(bytes: Uint8Array, length = 100): Promise<{ from: number[]; values: number[] }> {
  const all: { from: number[]; values: number[] } = { from: [], values: [] };
  for await (const { from, values } of eachVectorBlock(inPieces(bytes, length), "x.npy")) {
    all.from.push(from);
    all.values.push(...values);
  }
  return all;
}

/** As numpy writes float64, which Winnow never does. */
function float64Bytes(rows: number, values: Float64Array): Buffer {
  const header = Buffer.from(formatNpyHeader("<f4", [rows, values.length / rows]))
    .toString("latin1")
    .replace("<f4", "<f8");
  return Buffer.concat([Buffer.from(header, "latin1"), Buffer.from(values.buffer)]);
}

describe("an array of vectors", () => {
  const values = Float32Array.from({ length: 5000 * 3 }, (_, at) => at % 2048);

  it.each([1, 7, 100, 1 << 16])("comes in blocks whatever pieces its bytes come in (%d)", async (length) => {
    const few = values.subarray(0, 30);
    expect((await readAll(npyBytes("<f4", [10, 3], few), length)).values).toEqual([...few]);
  });

  it("is read as float16, float32 and float64 alike", async () => {
    const expected = [...values];
    expect(await readAll(npyBytes("<f2", [5000, 3], float16FromFloat32(values)), 1000)).toEqual({
      from: [0, 2048, 4096],
      values: expected,
    });
    expect((await readAll(npyBytes("<f4", [5000, 3], values), 1000)).values).toEqual(expected);
    expect((await readAll(float64Bytes(5000, Float64Array.from(values)), 1000)).values).toEqual(expected);
  });

  it("tells its shape from its beginning", async () => {
    expect(await readShape(inPieces(npyBytes("<f2", [5000, 3], new Uint16Array(15_000)), 200), "x.npy")).toEqual({ rows: 5000, dim: 3 });
  });

  it("that is cut off says after which row", async () => {
    const bytes = npyBytes("<f4", [10, 3], values.subarray(0, 30));
    await expect(readAll(bytes.subarray(0, bytes.length - 13))).rejects.toThrow("x.npy ends after 0 of its 10 rows: copy it again");
  });

  it.each([
    ["numbers in a row", npyBytes("<f4", [30], values.subarray(0, 30)), "x.npy has <f4 of 30 where rows"],
    ["bytes", npyBytes("|u1", [2, 3], new Uint8Array(6)), "x.npy has |u1 of 2 × 3 where rows"],
    ["rows of nothing", npyBytes("<f4", [2, 0], new Float32Array(0)), "x.npy has <f4 of 2 × 0 where rows"],
    ["something else", Buffer.alloc(100_000, "no"), "x.npy is no array of numpy's"],
  ])("is refused where it has %s", async (_, bytes, sentence) => {
    await expect(readAll(bytes)).rejects.toThrow(sentence);
  });
});
