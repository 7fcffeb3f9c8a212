import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DuckDBInstance, type DuckDBConnection } from "@duckdb/node-api";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { PlacedChange } from "../../../../src/core/captions/edit.ts";
import { withDataset } from "../../../../src/engine/store/dataset.ts";
import { piecesOfReplaced } from "../../../../src/engine/store/replacedFile.ts";
import { applyBatch, planBatch } from "../../../../src/engine/write/captionBatch.ts";
import { planParquet, readParquetCaptions } from "../../../../src/engine/write/parquetCaptions.ts";
import { undo } from "../../../../src/engine/write/undo.ts";
import { createWorkplace, type Workplace } from "../store/workplace.ts";

type Row = Readonly<Record<string, unknown>>;

let instance: DuckDBInstance;
let connection: DuckDBConnection;
beforeAll(async () => {
  instance = await DuckDBInstance.create(":memory:");
  connection = await instance.connect();
});
afterAll(() => instance.closeSync());

async function query(sql: string): Promise<Row[]> {
  return (await connection.runAndReadAll(sql)).getRowObjectsJS();
}

/** Rows as DuckDB keeps them in groups of at least 2048: texts and lists with missing ones, a picture of some bytes, a number. */
async function writeTable(file: string, { rows, codec }: { rows: number; codec: string }): Promise<void> {
  await query(`COPY (SELECT i::INTEGER AS id, 'picture ' || i AS name,
      CASE WHEN i % 11 = 0 THEN NULL ELSE 'a cat, no. ' || i || repeat(' é🐈', (i % 7)::INTEGER) END AS text,
      CASE WHEN i % 13 = 0 THEN NULL WHEN i % 5 = 0 THEN [] WHEN i % 6 = 0 THEN ['one ' || i, NULL] ELSE ['one ' || i, 'two ' || i] END AS captions,
      {'bytes': repeat(chr((65 + i % 20)::INTEGER), (i % 900)::INTEGER)::BLOB, 'path': i || '.jpg'} AS image FROM range(${rows}) t(i))
    TO '${file}' (FORMAT parquet, COMPRESSION ${codec}, ROW_GROUP_SIZE 2048, KV_METADATA {huggingface: '{"info": {}}', other: 'é'})`);
}

type Cell = string | null | (string | null)[];

async function cellsOf(file: string, column: string): Promise<Cell[]> {
  return (await query(`SELECT ${column} AS cell FROM read_parquet('${file}') ORDER BY id`)).map(({ cell }) => cell as Cell);
}
const at = (column: string, row: number, position = 0) => ({ kind: "tableCell", row, column, position }) as const;

/** What the footer tells, but for the places of pages and what is told of the captions' column. */
async function factsOf(file: string, changed: string): Promise<unknown> {
  const [schema, pairs, columns] = await Promise.all([
    query(`SELECT * EXCLUDE (file_name) FROM parquet_schema('${file}')`),
    query(`SELECT * EXCLUDE (file_name) FROM parquet_kv_metadata('${file}')`),
    query(`SELECT row_group_id, row_group_num_rows, path_in_schema, num_values, compression, total_compressed_size, stats_min_value, encodings
      FROM parquet_metadata('${file}') WHERE path_in_schema NOT LIKE '${changed}%' ORDER BY row_group_id, column_id`),
  ]);
  return { schema, pairs, columns };
}

/** The pages of every column but one, in order. */
async function pagesOf(file: string, changed: string): Promise<Buffer[]> {
  const bytes = await readFile(file);
  const chunks = await query(`SELECT coalesce(nullif(dictionary_page_offset, 0), data_page_offset) AS first, total_compressed_size AS size
    FROM parquet_metadata('${file}') WHERE path_in_schema NOT LIKE '${changed}%' ORDER BY row_group_id, column_id`);
  return chunks.map(({ first, size }) => bytes.subarray(Number(first), Number(first) + Number(size)));
}

async function change({ env, root }: Workplace, changes: readonly PlacedChange[]) {
  const plan = await planParquet(env, { file: join(root, "table.parquet"), changes });
  const pieces: Uint8Array[] = [];
  for await (const piece of piecesOfReplaced(env, join(root, "table.parquet"), plan.replacements)) pieces.push(piece);
  await writeFile(join(root, "changed.parquet"), Buffer.concat(pieces));
  return plan;
}

const text = fc
  .array(fc.constantFrom("a", " ", "é", "🐈", '"', "\n", "\0", "long ".repeat(40)), { maxLength: 9 })
  .map((parts) => parts.join(""));

describe("captions in a Parquet table", () => {
  it("are changed and nothing else, whatever the codec, the row groups and the missing ones", async () => {
    const place = await createWorkplace();
    const [file, changed] = [join(place.root, "table.parquet"), join(place.root, "changed.parquet")];
    for (const [codec, written] of Object.entries({
      uncompressed: "UNCOMPRESSED",
      snappy: "GZIP",
      gzip: "GZIP",
      brotli: "BROTLI",
      zstd: "ZSTD",
      lz4_raw: "GZIP",
    })) {
      await writeTable(file, { rows: 4500, codec });
      for (const column of ["text", "captions"]) {
        const before = await cellsOf(file, column);
        const drawn = fc.array(fc.tuple(fc.nat(4499), fc.nat(1), text), { minLength: 1, maxLength: 30 });
        await fc.assert(
          fc.asyncProperty(drawn, async (picked) => {
            const expected = [...before];
            const changes = picked.flatMap(([row, position, after]): PlacedChange[] => {
              const cell = before[row]!;
              const found = typeof cell === "string" ? (position === 0 ? cell : null) : (cell?.[position] ?? null);
              return found === null ? [] : [{ place: at(column, row, position), before: found, after }];
            });
            const { outcomes } = await change(place, changes);
            for (const [index, outcome] of outcomes.entries()) {
              const { place: own, after } = changes[index]!;
              const isAgain = changes.slice(0, index).some((earlier) => JSON.stringify(earlier.place) === JSON.stringify(own));
              expect(outcome.kind).toBe(isAgain ? "refusal" : "caption");
              if (isAgain || own.kind !== "tableCell") continue;
              const cell = expected[own.row]!;
              expected[own.row] = typeof cell === "string" ? after : cell.with(own.position, after);
            }
            expect(JSON.stringify(await cellsOf(changed, column))).toBe(JSON.stringify(expected));
            expect(await factsOf(changed, column)).toEqual(await factsOf(file, column));
            const [now, then] = await Promise.all([pagesOf(changed, column), pagesOf(file, column)]);
            expect(now.map((page, index) => page.equals(then[index]!))).toEqual(then.map(() => true));
            const groups = await query(
              `SELECT DISTINCT compression FROM parquet_metadata('${changed}') WHERE path_in_schema LIKE '${column}%'`,
            );
            const codecs = groups.map(({ compression }) => String(compression));
            if (outcomes.length > 0) expect(codecs).toContain(written);
          }),
          { numRuns: 3 },
        );
      }
    }
  });

  it("come back to the byte when the operation is undone, pictures in the table included", async () => {
    const { env, root } = await createWorkplace();
    const file = join(root, "table.parquet");
    await writeTable(file, { rows: 30_000, codec: "snappy" });
    const bytes = await readFile(file);
    const changes = Array.from({ length: 30_000 }, (_, row) => row)
      .filter((row) => row % 11 !== 0)
      .map((row) => ({
        pair: row,
        place: at("text", row),
        before: `a cat, no. ${row}${" é🐈".repeat(row % 7)}`,
        after: `a dog, no. ${row}`,
      }));
    const { signal } = new AbortController();
    const seen: number[] = [];
    const plan = await planBatch(env, [{ file, changes }], notAsked, { signal });
    expect(plan.left).toEqual([]);
    const note = { summary: "test", samples: new Map(), edited: [] };
    await withDataset(env, root, async (dataset, state) => {
      const operation = await applyBatch(dataset, state, { plan, note, signal, onProgress: (done) => seen.push(done) });
      const texts = await query(
        `SELECT count(*) FILTER (text LIKE 'a dog, no. %') AS dogs, count(text) AS texts FROM read_parquet('${file}')`,
      );
      expect(texts).toEqual([{ dogs: BigInt(changes.length), texts: BigInt(changes.length) }]);
      expect((await undo(dataset, operation!)).left).toEqual([]);
    });
    expect((await readFile(file)).equals(bytes)).toBe(true);
    expect(seen.length).toBeGreaterThan(0);
  });

  it("are not written over a table that something else changed since", async () => {
    const { env, root } = await createWorkplace();
    const file = join(root, "table.parquet");
    await writeTable(file, { rows: 3000, codec: "zstd" });
    const { signal } = new AbortController();
    const changes = [{ pair: 0, place: at("text", 1), before: "a cat, no. 1 é🐈", after: "x" }];
    const plan = await planBatch(env, [{ file, changes }], notAsked, { signal });
    expect(plan.files).toHaveLength(1);
    await writeTable(file, { rows: 3001, codec: "zstd" });
    const bytes = await readFile(file);
    const note = { summary: "test", samples: new Map(), edited: [] };
    await withDataset(env, root, async (dataset, state) => {
      await expect(applyBatch(dataset, state, { plan, note, signal })).rejects.toMatchObject({ name: "ConflictError" });
    });
    expect((await readFile(file)).equals(bytes)).toBe(true);
  });

  it("get another one only where a list has room for it", async () => {
    const place = await createWorkplace();
    await writeTable(join(place.root, "table.parquet"), { rows: 100, codec: "gzip" });
    const { outcomes } = await change(place, [
      { place: at("captions", 1, 0), before: "one 1", after: " three ", adds: true },
      { place: at("captions", 1, 1), before: "two 1", after: "four", adds: true },
      { place: at("text", 1), before: "a cat, no. 1 é🐈", after: "another", adds: true },
    ]);
    expect(outcomes.map((outcome) => (outcome.kind === "caption" ? outcome.caption : outcome.reason))).toEqual([
      "three",
      "four",
      expect.stringMatching(/its column holds one text a row.*replace the caption, or export/),
    ]);
    expect((await cellsOf(join(place.root, "changed.parquet"), "captions"))[1]).toEqual(["one 1", "two 1", "three", "four"]);
  });

  it("are left with a sentence where they say something else, have no place, or the file is no table", async () => {
    const place = await createWorkplace();
    const [file, changed] = [join(place.root, "table.parquet"), join(place.root, "changed.parquet")];
    await writeTable(file, { rows: 100, codec: "gzip" });
    const change1 = { place: at("text", 1), before: "something else", after: "x" };
    const { outcomes, replacements } = await change(place, [
      change1,
      { ...change1, place: at("text", 0) },
      { ...change1, place: at("id", 1) },
      { ...change1, before: "a cat, no. 1 é🐈", after: "half \ud83d" },
    ]);
    expect(outcomes.map((outcome) => (outcome.kind === "refusal" ? outcome.reason : outcome.kind))).toEqual([
      expect.stringMatching(/the caption in row 2 says "a cat, no. 1 é🐈" now/),
      expect.stringMatching(/the caption in row 1 is not there any more/),
      expect.stringMatching(/no place in a Parquet table/),
      expect.stringMatching(/half a character/),
    ]);
    expect(replacements).toEqual([]);
    expect((await readFile(changed)).equals(await readFile(file))).toBe(true);
    for (const bytes of [Buffer.from("PAR1 and no more"), (await readFile(file)).subarray(0, -9), Buffer.from("PAR1....\0\0\0\0PARE")]) {
      await writeFile(file, bytes);
      expect((await change(place, [change1])).outcomes).toEqual([
        { kind: "refusal", code: "unfit", reason: expect.stringMatching(/no whole Parquet file|is encrypted|can't be read/) as string },
      ]);
    }
  });

  it("are read with the other values of their rows", async () => {
    const { env, root } = await createWorkplace();
    await writeTable(join(root, "table.parquet"), { rows: 100, codec: "gzip" });
    const wanted = [at("text", 7), at("captions", 7, 1), at("captions", 7, 2), at("text", 400)].map((place) => ({ place, before: "" }));
    const told = { id: "7", name: "picture 7", text: "a cat, no. 7" };
    expect(await readParquetCaptions(env, join(root, "table.parquet"), wanted, true)).toEqual([
      { text: "a cat, no. 7", columns: told },
      { text: "two 7", columns: told },
      undefined,
      undefined,
    ]);
  });
});

/** Only texts are planned by it. */
async function notAsked(): Promise<never> {
  return await Promise.reject(new Error("a Parquet table was read as a text"));
}
