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
});
