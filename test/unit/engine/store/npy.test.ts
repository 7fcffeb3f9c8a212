import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import {
  formatNpyHeader,
  npyBytes,
  npyHeaderLength,
  parseNpyHeader,
  readNpyHeader,
  readNpyRows,
} from "../../../../src/engine/store/npy.ts";

test("a header is read back as it was written, and always has the same length", () => {
  for (const shape of [[3], [0, 4], [2048, 512], [1_000_000_000, 4096]]) {
    const bytes = formatNpyHeader("<f2", shape);
    expect(bytes).toHaveLength(npyHeaderLength);
    expect(parseNpyHeader(bytes)).toEqual({ type: "<f2", shape, fortranOrder: false, dataOffset: npyHeaderLength });
  }
});

test("headers that numpy writes are understood: double quotes, other orders of keys, structured rows, format 2", () => {
  const header = (text: string, format = 1) => {
    const length = Buffer.alloc(format === 1 ? 2 : 4);
    length.writeUIntLE(text.length, 0, length.length);
    return Buffer.concat([Buffer.from(`\x93NUMPY${String.fromCharCode(format)}\x00`, "latin1"), length, Buffer.from(text)]);
  };
  expect(parseNpyHeader(header(`{"shape": (3, 2L), "descr": "<f4", "fortran_order": True}\n`, 2))).toMatchObject({
    type: "<f4",
    shape: [3, 2],
    fortranOrder: true,
  });
  const structured = parseNpyHeader(header(`{'descr': [('uid', '<u8'), ('tag', '|S12')], 'fortran_order': False, 'shape': (7,), }\n`));
  expect(structured).toMatchObject({ type: "[('uid', '<u8'), ('tag', '|S12')]", shape: [7] });
});

test("what is no header, or half of one, is undefined", () => {
  expect(parseNpyHeader(Buffer.from("PK\x03\x04 something else entirely"))).toBeUndefined();
  expect(parseNpyHeader(formatNpyHeader("<f4", [1, 2]).subarray(0, 100))).toBeUndefined();
  expect(parseNpyHeader(new Uint8Array(0))).toBeUndefined();
});

test("rows are read from the middle of a file, and a file that ends too early is told", async () => {
  const folder = await mkdtemp(join(tmpdir(), "winnow-npy-"));
  const path = join(folder, "rows.npy");
  await writeFile(path, npyBytes("<f4", [4, 2], Float32Array.of(0, 1, 2, 3, 4, 5, 6, 7)));
  const header = await readNpyHeader(path);
  expect(header).toMatchObject({ shape: [4, 2], sizeBytes: npyHeaderLength + 32 });
  const range = { dataOffset: header!.dataOffset, bytesPerRow: 8 };
  expect(new Float32Array(await readNpyRows(path, { ...range, from: 1, to: 3 }))).toEqual(Float32Array.of(2, 3, 4, 5));
  await expect(readNpyRows(path, { ...range, from: 3, to: 5 })).rejects.toThrow(/ends before row 5/);
  await rm(folder, { recursive: true });
});
