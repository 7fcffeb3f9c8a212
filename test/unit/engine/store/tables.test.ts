import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openTables, writeTable } from "../../../../src/engine/store/tables.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "winnow-tables-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe("tables", () => {
  it("keep every type and write unknown as NULL, never as 0", async () => {
    const path = join(folder, "it's.parquet");
    await writeTable(path, [
      { name: "name", type: "text", values: ["a", "é\n\"'", null] },
      { name: "count", type: "integer", values: Int32Array.of(1, -2, 3) },
      { name: "score", type: "float", values: Float32Array.of(0.25, Number.NaN, -1) },
      { name: "flag", type: "boolean", values: [true, undefined, false] },
    ]);
    const tables = await openTables({ rows: path });
    expect(await tables.query("SELECT * FROM rows")).toEqual([
      { name: "a", count: 1, score: 0.25, flag: true },
      { name: "é\n\"'", count: -2, score: null, flag: null },
      { name: null, count: 3, score: -1, flag: false },
    ]);
    tables.close();
  });

  it("take more rows than a chunk, and parameters by position", async () => {
    const path = join(folder, "many.parquet");
    const values = Int32Array.from({ length: 5000 }, (_, row) => row);
    await writeTable(path, [{ name: "row", type: "integer", values }]);
    const tables = await openTables({ rows: path });
    expect(await tables.query("SELECT count(*) AS n, sum(row) AS s FROM rows WHERE row >= $1", [2500])).toEqual([{ n: 2500, s: 9373750 }]);
    tables.close();
  });

  it("leave no temporary file, and refuse columns of different length", async () => {
    await writeTable(join(folder, "a.parquet"), [{ name: "x", type: "double", values: [1.5] }]);
    expect(await readdir(folder)).toEqual(["a.parquet"]);
    const uneven = writeTable(join(folder, "b.parquet"), [
      { name: "x", type: "double", values: [1.5] },
      { name: "y", type: "double", values: [] },
    ]);
    await expect(uneven).rejects.toThrow("Expected 1 rows for y but received 0");
  });

  it("write an empty table", async () => {
    const path = join(folder, "empty.parquet");
    await writeTable(path, [{ name: "x", type: "text", values: [] }]);
    const tables = await openTables({ rows: path });
    expect(await tables.query("SELECT * FROM rows")).toEqual([]);
    tables.close();
  });

  it("give columns of numbers in the query's order, with NaN for unknown", async () => {
    const tables = await openTables({});
    const values = Int32Array.from({ length: 70_000 }, (_, row) => (row * 7919) % 70_000);
    await tables.load("numbers", [
      { name: "whole", type: "integer", values },
      { name: "part", type: "float", count: values.length, valueAt: (row) => (row % 3 === 0 ? undefined : values[row]! / 4) },
    ]);
    const [wholes] = await tables.integers("SELECT whole FROM numbers WHERE whole >= $1 ORDER BY whole", [5]);
    expect(wholes).toEqual(Int32Array.from({ length: 69_995 }, (_, row) => row + 5));
    const [, parts] = await tables.floats("SELECT whole::FLOAT, part FROM numbers");
    expect(parts).toEqual(Float32Array.from(values, (value, row) => (row % 3 === 0 ? Number.NaN : value / 4)));
    tables.close();
  });

  it("answer several questions at once, also while rows stream", async () => {
    const tables = await openTables({});
    await tables.load("numbers", [{ name: "n", type: "integer", count: 10_000, valueAt: (row) => row }]);
    let streamed = 0;
    for await (const rows of tables.stream("SELECT n FROM numbers")) {
      streamed += rows.length;
      expect(await tables.query("SELECT max(n) AS n FROM numbers")).toEqual([{ n: 9999 }]);
    }
    expect(streamed).toBe(10_000);
    const all = await Promise.all(Array.from({ length: 6 }, (_, n) => tables.query("SELECT count(*) AS n FROM numbers WHERE n < $1", [n])));
    expect(all.map(([row]) => row?.["n"])).toEqual([0, 1, 2, 3, 4, 5]);
    tables.close();
  });

  it("take a name with signs of patterns and equal signs as it is", async () => {
    const path = join(folder, "a=b", "rows[1]*.parquet");
    await writeTable(path, [{ name: "x", type: "integer", values: [7] }]);
    const tables = await openTables({ rows: path });
    expect(await tables.query("SELECT * FROM rows")).toEqual([{ x: 7 }]);
    tables.close();
  });
});
