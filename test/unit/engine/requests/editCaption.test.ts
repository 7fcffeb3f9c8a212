import { chmod, lstat, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readPicture } from "../../../../src/engine/decode/openLocator.ts";
import { discover } from "../../../../src/engine/discover/discover.ts";
import { openAnalysed } from "../../../../src/engine/requests/analysedDataset.ts";
import { applyEdit } from "../../../../src/engine/requests/batchEdit.ts";
import { editCaption } from "../../../../src/engine/requests/editCaption.ts";
import { undoOperation } from "../../../../src/engine/requests/operations.ts";
import { importVerdicts } from "../../../../src/engine/requests/verdicts.ts";
import { readDataset } from "../../../../src/engine/store/dataset.ts";
import { captionHash } from "../../../../src/engine/store/dotWinnow.ts";
import { openTables } from "../../../../src/engine/store/tables.ts";
import type { EditCaptionAnswer } from "../../../../src/protocol/inspection.ts";
import { tarOf } from "../discover/tar.ts";
import { createWorkplace } from "../store/workplace.ts";
import { createDiscovered, type DiscoveredDataset } from "./discoveredFixture.ts";

async function saveTable(path: string, sql: string): Promise<void> {
  const tables = await openTables({});
  await tables.save(sql, path);
  tables.close();
}

const never = { signal: new AbortController().signal };

async function edit(
  dataset: DiscoveredDataset,
  [sample, captionIndex]: readonly [string, number],
  before: string,
  after: string,
): Promise<EditCaptionAnswer> {
  const { env, root } = dataset;
  return await editCaption(env, await dataset.open(), { root, sample, captionIndex, before, after }, never);
}

async function captionsOf({ env, root }: DiscoveredDataset): Promise<Record<string, string[]>> {
  const { samples } = await discover(env, root);
  return Object.fromEntries(samples.map(({ id, captions }) => [id, captions.map(({ text }) => text)]));
}

const bytesOf = ({ root }: DiscoveredDataset, path: string): Promise<Buffer> => readFile(join(root, path));

describe("editing a caption", () => {
  it("changes it in its file alone, and its undo gives the file's bytes back", async () => {
    const files = {
      "a.jpg": "1",
      "a.txt": Buffer.from("\ufeff  first line\r\nsecond — 狐 \r\n\r\n", "utf16le"),
      "b.jpg": "2",
      "b.txt": "other",
    };
    const dataset = await createDiscovered(files);
    const answer = await edit(dataset, ["a.jpg", 1], "second — 狐", "second — a fox");
    expect(answer).toEqual({ operation: expect.stringMatching(/^\d{8}-\d{6}-/) as string, file: join(dataset.root, "a.txt") });
    expect(await bytesOf(dataset, "a.txt")).toEqual(Buffer.from("\ufeff  first line\r\nsecond — a fox \r\n\r\n", "utf16le"));
    expect(await captionsOf(dataset)).toEqual({ "a.jpg": ["first line", "second — a fox"], "b.jpg": ["other"] });
    const { ledger } = await readDataset(dataset.env, dataset.root);
    expect(ledger.operations.at(-1)).toMatchObject({
      kind: "caption",
      by: "person",
      files: 1,
      summary: 'caption 1 of a.jpg: "second — a fox" (was "second — 狐")',
    });
    await undoOperation(dataset.env, dataset.root, { cascade: false });
    expect(await bytesOf(dataset, "a.txt")).toEqual(files["a.txt"]);
  });

  it("takes a person's verdict along, in the same operation and back again", async () => {
    const dataset = await createDiscovered({ "a.jpg": "1", "a.txt": "one\ntwo\ntwo\n", "b.jpg": "2", "b.txt": "two" });
    const csv = "sample,captionIndex,verdict,reason\na.jpg,1,drop,wrong\na.jpg,0,review,odd\nb.jpg,0,drop,other picture\n";
    await importVerdicts(dataset.env, dataset.root, csv);
    const selection = async () => (await readDataset(dataset.env, dataset.root)).state.selection;
    const before = await bytesOf(dataset, ".winnow/selection.csv");
    await edit(dataset, ["a.jpg", 1], "two", "2");
    expect((await selection()).map(({ sample, captionIndex, captionHash: hash }) => [sample, captionIndex, hash])).toEqual([
      ["a.jpg", 0, captionHash("one")],
      ["a.jpg", 1, captionHash("2")],
      ["b.jpg", 0, captionHash("two")],
    ]);
    // The second time the analysis still tells the text before the first.
    await edit(dataset, ["a.jpg", 1], "2", "deux");
    expect((await selection())[1]).toMatchObject({ captionIndex: 1, captionHash: captionHash("deux"), decision: "drop" });
    await undoOperation(dataset.env, dataset.root, { cascade: false });
    await undoOperation(dataset.env, dataset.root, { cascade: false });
    expect(await bytesOf(dataset, ".winnow/selection.csv")).toEqual(before);
  });

  it("takes along the verdicts of all pictures that share the caption's file", async () => {
    const dataset = await createDiscovered({ "a.jpg": "1", "a.png": "2", "a.txt": "shared" });
    await importVerdicts(dataset.env, dataset.root, "sample,captionIndex,verdict,reason\na.jpg,0,drop,x\na.png,0,keep,y\n");
    await edit(dataset, ["a.png", 0], "shared", "both");
    const { state, ledger } = await readDataset(dataset.env, dataset.root);
    expect(state.selection.map((verdict) => verdict.captionHash)).toEqual([captionHash("both"), captionHash("both")]);
    expect(ledger.operations.at(-1)?.summary).toBe('caption 0 of a.png and 1 more: "both" (was "shared")');
  });

  it("is refused where the file says something else now, and changes nothing", async () => {
    const dataset = await createDiscovered({ "a.jpg": "1", "a.txt": "one" });
    await writeFile(join(dataset.root, "a.txt"), "somebody's new words");
    const attempt = edit(dataset, ["a.jpg", 0], "one", "two");
    await expect(attempt).rejects.toThrow(
      /a\.txt was not changed: the caption in line 1 says "somebody's new words" now: look at it again/,
    );
    await expect(attempt).rejects.toMatchObject({ name: "CaptionError", code: "changed" });
    expect((await bytesOf(dataset, "a.txt")).toString()).toBe("somebody's new words");
    expect((await readDataset(dataset.env, dataset.root)).ledger.operations).toEqual([]);
  });

  it("is no operation where the caption is so already", async () => {
    const dataset = await createDiscovered({ "a.jpg": "1", "a.txt": " one " });
    expect((await edit(dataset, ["a.jpg", 0], "one", "one\n")).operation).toBeNull();
  });

  it("is refused with what to do where the text can't stand in the file", async () => {
    const latin = Buffer.from([0x63, 0x61, 0x66, 0xe9]); // café in windows-1252
    const dataset = await createDiscovered({
      "a.jpg": "1",
      "a.txt": "one\ntwo",
      "b.jpg": "2",
      "b.txt": latin,
      "c.jpg": "3",
      "c.txt": Buffer.concat([Buffer.from("\ufeffodd", "utf16le"), Buffer.of(0x41)]),
    });
    await expect(edit(dataset, ["a.jpg", 0], "one", "1\n1")).rejects.toThrow(/a line break would make two of it: write it in one line/);
    await expect(edit(dataset, ["a.jpg", 0], "one", "")).rejects.toThrow(/a blank line is no caption/);
    await expect(edit(dataset, ["b.jpg", 0], "café", "狐")).rejects.toThrow(/is windows-1252, which has no room for this text/);
    await expect(edit(dataset, ["b.jpg", 0], "café", "Ã©")).rejects.toThrow(/is windows-1252/);
    await expect(edit(dataset, ["c.jpg", 0], "odd\ufffd", "even")).rejects.toThrow(/is not wholly text of its encoding/);
    await edit(dataset, ["b.jpg", 0], "café", "thé");
    expect(await bytesOf(dataset, "b.txt")).toEqual(Buffer.from([0x74, 0x68, 0xe9]));
    await edit(dataset, ["b.jpg", 0], "thé", "tea");
    expect((await bytesOf(dataset, "b.txt")).toString()).toBe("tea");
    await expect(edit(dataset, ["b.jpg", 7], "tea", "x")).rejects.toThrow("b.jpg has no caption 7, only 1 (counted from 0)");
  });

  it("goes through a symbolic link, and keeps the file's rights", async () => {
    const dataset = await createDiscovered({ "a.jpg": "1", "texts/far.txt": "one", "a.txt": "one" });
    const link = join(dataset.root, "a.txt");
    await writeFile(join(dataset.root, "texts/far.txt"), "one");
    await chmod(join(dataset.root, "texts/far.txt"), 0o640);
    await rm(link);
    await symlink("texts/far.txt", link);
    await edit(dataset, ["a.jpg", 0], "one", "two");
    expect((await lstat(link)).isSymbolicLink()).toBe(true);
    expect((await bytesOf(dataset, "texts/far.txt")).toString()).toBe("two");
    expect((await lstat(join(dataset.root, "texts/far.txt"))).mode & 0o777).toBe(0o640);
  });

  it("writes a table of captions in its own style, row by row, also after rows that became longer", async () => {
    const csv = 'filepath,title\r\na.jpg,plain\r\nb.jpg,"quoted, with comma"\r\n';
    const dataset = await createDiscovered({ "a.jpg": "1", "b.jpg": "2", "train.csv": csv });
    await edit(dataset, ["a.jpg", 0], "plain", 'two\nlines, and "marks"');
    await edit(dataset, ["b.jpg", 0], "quoted, with comma", "simple");
    expect((await bytesOf(dataset, "train.csv")).toString()).toBe(
      'filepath,title\r\na.jpg,"two\nlines, and ""marks"""\r\nb.jpg,"simple"\r\n',
    );
    expect(await captionsOf(dataset)).toEqual({ "a.jpg": ['two\nlines, and "marks"'], "b.jpg": ["simple"] });
    await undoOperation(dataset.env, dataset.root, { cascade: false });
    await undoOperation(dataset.env, dataset.root, { cascade: false });
    expect((await bytesOf(dataset, "train.csv")).toString()).toBe(csv);
  });

  it("changes a table of many megabytes too, and leaves the rest of it to the byte", async () => {
    const filler = "a caption that is long enough to make the table large, ".repeat(20);
    const rows = Array.from({ length: 9000 }, (_, row) => JSON.stringify({ image: `${row % 3}.jpg`, text: `${row} ${filler}é` }));
    const table = `${rows.join("\n")}\n`;
    const dataset = await createDiscovered({ "0.jpg": "0", "1.jpg": "1", "2.jpg": "2", "data.jsonl": table });
    await edit(dataset, ["2.jpg", 2998], `8996 ${filler}é`, "short");
    const changed = rows.with(8996, JSON.stringify({ image: "2.jpg", text: "short" }));
    expect((await bytesOf(dataset, "data.jsonl")).equals(Buffer.from(`${changed.join("\n")}\n`))).toBe(true);
    await expect(edit(dataset, ["0.jpg", 0], "something else", "x")).rejects.toMatchObject({ name: "CaptionError", code: "changed" });
    await undoOperation(dataset.env, dataset.root, { cascade: false });
    expect((await bytesOf(dataset, "data.jsonl")).equals(Buffer.from(table))).toBe(true);
  });

  it("changes a row of a Parquet table that holds the pictures, again before the next analysis, and both come back", async () => {
    const folder = await createWorkplace();
    const rows = "VALUES ('a'::BLOB, 'one', 7), ('bb'::BLOB, 'two', 8), ('ccc'::BLOB, 'three', 9)";
    await saveTable(join(folder.root, "0.parquet"), `SELECT * FROM (${rows}) AS t(jpg, txt, width)`);
    const bytes = await readFile(join(folder.root, "0.parquet"));
    const dataset = await createDiscovered({ "00000.parquet": bytes });
    await edit(dataset, ["00000.parquet#1", 0], "two", "zwei — 狐");
    const applied = await applyEdit(
      dataset.env,
      await dataset.open(),
      { scope: { kind: "dataset" }, operation: "template", options: { template: "{caption}, {width} wide" } },
      never,
    );
    expect(applied).toMatchObject({ applied: 3, left: 0, files: 1 });
    expect(await captionsOf(dataset)).toEqual({
      "00000.parquet#0": ["one, 7 wide"],
      "00000.parquet#1": ["zwei — 狐, 8 wide"],
      "00000.parquet#2": ["three, 9 wide"],
    });
    const { samples } = await discover(dataset.env, dataset.root);
    const pictures = await Promise.all(samples.map(({ locator }) => readPicture(dataset.env, locator)));
    expect(pictures.map(String)).toEqual(["a", "bb", "ccc"]);
    await expect(edit(dataset, ["00000.parquet#0", 0], "one", "x")).rejects.toMatchObject({ name: "CaptionError", code: "changed" });
    await undoOperation(dataset.env, dataset.root, { cascade: false });
    expect((await captionsOf(dataset))["00000.parquet#1"]).toEqual(["zwei — 狐"]);
    await undoOperation(dataset.env, dataset.root, { cascade: false });
    expect(await bytesOf(dataset, "00000.parquet")).toEqual(bytes);
  });

  it("changes a member of an archive in place, one after the other before the next run, and the pictures behind it are found", async () => {
    const archive = await tarOf([
      ["x.png", "1"],
      ["x.txt", "one\n"],
      ["y.png", "22"],
      ["y.json", '{"caption": ["two", "three"], "n": 7}'],
    ]);
    const dataset = await createDiscovered({ "d-0.tar": archive });
    const long = "a caption that takes more than a block".repeat(20);
    await edit(dataset, ["d-0.tar#x.png", 0], "one", long);
    await edit(dataset, ["d-0.tar#y.png", 1], "three", "drei — 狐");
    expect(await captionsOf(dataset)).toEqual({ "d-0.tar#x.png": [long], "d-0.tar#y.png": ["two", "drei — 狐"] });
    const pictures = await Promise.all(dataset.samples.map(({ locator }) => readPicture(dataset.env, locator)));
    expect(pictures.map(String)).toEqual(["1", "22"]);
    const asked = { scope: { kind: "dataset" }, operation: "template", options: { template: "{caption}, no. {n}" } } as const;
    expect(await applyEdit(dataset.env, await dataset.open(), asked, never)).toMatchObject({ applied: 2, left: 0 });
    expect((await captionsOf(dataset))["d-0.tar#y.png"]).toEqual(["two, no. 7", "drei — 狐, no. 7"]);
    await expect(edit(dataset, ["d-0.tar#x.png", 0], "one", "x")).rejects.toMatchObject({ name: "CaptionError", code: "changed" });
    for (let count = 0; count < 3; count += 1) await undoOperation(dataset.env, dataset.root, { cascade: false });
    expect(await bytesOf(dataset, "d-0.tar")).toEqual(archive);
  });

  it("waits for nobody once it is no longer wanted", async () => {
    const dataset = await createDiscovered({ "a.jpg": "1", "a.txt": "one" });
    const opened = await openAnalysed(dataset.env, dataset.root);
    const request = { root: dataset.root, sample: "a.jpg", captionIndex: 0, before: "one", after: "two" };
    await expect(editCaption(dataset.env, opened, request, { signal: AbortSignal.abort(new Error("gone")) })).rejects.toThrow("gone");
    opened.close();
    expect((await bytesOf(dataset, "a.txt")).toString()).toBe("one");
  });
});
