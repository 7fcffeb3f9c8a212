import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { discover } from "../../../../src/engine/discover/discover.ts";
import { applyEdit, previewEdit } from "../../../../src/engine/requests/batchEdit.ts";
import { readFittingItems } from "../../../../src/engine/requests/fitting.ts";
import { undoOperation } from "../../../../src/engine/requests/operations.ts";
import { importVerdicts } from "../../../../src/engine/requests/verdicts.ts";
import { readDataset } from "../../../../src/engine/store/dataset.ts";
import { captionHash } from "../../../../src/engine/store/dotWinnow.ts";
import type { AppliedEdit, EditPreview, EditScope } from "../../../../src/protocol/captionEdits.ts";
import { createDiscovered, type DiscoveredDataset } from "./discoveredFixture.ts";

type Options = Readonly<Record<string, string | number | boolean>>;

const whole: EditScope = { kind: "dataset" };
const watch = (): { signal: AbortSignal } => ({ signal: new AbortController().signal });

async function preview(dataset: DiscoveredDataset, operation: string, options: Options, scope: EditScope = whole): Promise<EditPreview> {
  return await previewEdit(dataset.env, await dataset.open(), { scope, operation, options, from: 0, limit: 100 }, watch());
}

async function apply(dataset: DiscoveredDataset, operation: string, options: Options, scope: EditScope = whole): Promise<AppliedEdit> {
  return await applyEdit(dataset.env, await dataset.open(), { scope, operation, options }, watch());
}

const undo = ({ env, root }: DiscoveredDataset) => undoOperation(env, root, { cascade: false });
const textOf = async ({ root }: DiscoveredDataset, path: string): Promise<string> => await readFile(join(root, path), "utf8");
const operationsOf = async ({ env, root }: DiscoveredDataset) => (await readDataset(env, root)).ledger.operations;

async function captionsOf({ env, root }: DiscoveredDataset): Promise<Record<string, string[]>> {
  const { samples } = await discover(env, root);
  return Object.fromEntries(samples.map(({ id, captions }) => [id, captions.map(({ text }) => text)]));
}

const pictures = (...names: readonly string[]): Record<string, string> => Object.fromEntries(names.map((name) => [name, name]));

describe("many captions at once", () => {
  it("are shown before and after without writing anything", async () => {
    const dataset = await createDiscovered({
      ...pictures("a.jpg", "b.jpg", "c.jpg"),
      "a.txt": "a cat\na dog\n",
      "b.txt": "cat",
      "c.txt": "tree",
    });
    const shown = await preview(dataset, "replace", { find: "cat", with: "dog", word: true });
    expect(shown).toMatchObject({
      total: 4,
      frozen: 0,
      fixed: 0,
      changed: 2,
      unchanged: 2,
      files: 2,
      empty: 0,
      likeSibling: 1,
      overTokens: null,
    });
    expect(shown.rows).toEqual([
      {
        sample: "a.jpg",
        captionIndex: 0,
        before: "a cat",
        after: "a dog",
        diff: [
          { kind: "same", text: "a " },
          { kind: "removed", text: "cat" },
          { kind: "added", text: "dog" },
        ],
        tokensBefore: null,
        tokensAfter: null,
        flags: ["likeSibling"],
      },
      expect.objectContaining({ sample: "b.jpg", before: "cat", after: "dog", flags: [] }),
    ]);
    expect(await textOf(dataset, "a.txt")).toBe("a cat\na dog\n");
    expect(await operationsOf(dataset)).toEqual([]);
  });

  it("are changed as one operation, whose undo gives all bytes back", async () => {
    const utf16 = Buffer.from("\ufeff left of a house\r\nright\r\n", "utf16le");
    const csv = 'filepath,title\r\na.jpg,"left, then right"\r\nb.jpg,LEFT\r\nc.jpg,none\r\n';
    const files = { ...pictures("a.jpg", "b.jpg", "c.jpg"), "train.csv": csv };
    const table = await createDiscovered(files);
    const answer = await apply(table, "swap", { pairs: "left=right" });
    expect(answer).toMatchObject({ total: 3, changed: 2, applied: 2, left: 0, operation: expect.stringMatching(/^\d{8}-/) as string });
    expect(await textOf(table, "train.csv")).toBe('filepath,title\r\na.jpg,"right, then left"\r\nb.jpg,RIGHT\r\nc.jpg,none\r\n');
    expect((await operationsOf(table)).map(({ kind, by, summary }) => [kind, by, summary])).toEqual([
      ["caption", "person", 'swap (pairs "left=right"): 2 captions in 1 file'],
    ]);
    await undo(table);
    expect(await textOf(table, "train.csv")).toBe(csv);

    const sidecars = await createDiscovered({ ...pictures("a.jpg"), "a.txt": utf16 });
    await apply(sidecars, "swap", {});
    expect(await readFile(join(sidecars.root, "a.txt"))).toEqual(Buffer.from("\ufeff right of a house\r\nleft\r\n", "utf16le"));
    await undo(sidecars);
    expect(await readFile(join(sidecars.root, "a.txt"))).toEqual(utf16);
  });

  it("keep the old bytes of files that say the same, and give them all back", async () => {
    const names = Array.from({ length: 40 }, (_, at) => `p${at}`);
    const dataset = await createDiscovered(
      Object.fromEntries(
        names.flatMap((name) => [
          [`${name}.jpg`, name],
          [`${name}.txt`, "a photo"],
        ]),
      ),
    );
    expect(await apply(dataset, "affix", { prefix: "sks, " })).toMatchObject({ applied: 40, files: 40 });
    expect(await textOf(dataset, "p39.txt")).toBe("sks, a photo");
    expect((await undo(dataset)).left).toEqual([]);
    expect(new Set(Object.values(await captionsOf(dataset)).flat())).toEqual(new Set(["a photo"]));
  });

  it("are those of a filter, a bucket or a choice, with the evaluation split left out and counted", async () => {
    const captions = { "train/a.txt": "one", "train/b.txt": "two", "test/c.txt": "one" };
    const dataset = await createDiscovered({ ...pictures("train/a.jpg", "train/b.jpg", "test/c.jpg"), ...captions });
    const ofFilter = await preview(dataset, "affix", { suffix: "!" }, { kind: "where", where: 'caption = "one"' });
    expect(ofFilter.rows.map(({ sample }) => sample)).toEqual(["train/a.jpg"]);
    expect(ofFilter).toMatchObject({ total: 2, frozen: 1, changed: 1 });
    const targets = {
      kind: "named",
      pairs: [
        { sample: "train/b.jpg", captionIndex: null },
        { sample: "train/b.jpg", captionIndex: 0 },
      ],
    } as const;
    expect(await preview(dataset, "affix", { suffix: "!" }, { kind: "targets", targets })).toMatchObject({ total: 1, changed: 1 });
    expect(await preview(dataset, "affix", { suffix: "!" }, { kind: "bucket", bucket: "edited" })).toMatchObject({ total: 0 });
    await expect(preview(dataset, "affix", { suffix: "!" }, { kind: "bucket", bucket: "x" })).rejects.toThrow(
      /one of the buckets .* but received x/,
    );
  });

  it("count as edited, those alone and until they are undone, and can be changed again before the next run", async () => {
    const csv = "filepath,title\na.jpg,cat\nb.jpg,dog\nc.jpg,cat\n";
    const dataset = await createDiscovered({ ...pictures("a.jpg", "b.jpg", "c.jpg"), "train.csv": csv });
    const edited = async (): Promise<number[]> => [...(await readFittingItems(await dataset.open(), { where: "edited = true" }))];
    await apply(dataset, "replace", { find: "cat", with: "fox" });
    expect(await edited()).toEqual([0, 2]);
    const second = await apply(dataset, "affix", { prefix: "a " });
    expect(second).toMatchObject({ applied: 3, left: 0 });
    expect(await textOf(dataset, "train.csv")).toBe("filepath,title\na.jpg,a fox\nb.jpg,a dog\nc.jpg,a fox\n");
    await undo(dataset);
    expect(await edited()).toEqual([0, 2]);
    await undo(dataset);
    expect(await edited()).toEqual([]);
    expect(await textOf(dataset, "train.csv")).toBe(csv);
  });

  it("take a person's verdicts along, those of other pictures that share the file too", async () => {
    const dataset = await createDiscovered({ ...pictures("a.jpg", "a.png", "b.jpg"), "a.txt": "one\ntwo\n", "b.txt": "two" });
    const csv = "sample,captionIndex,verdict,reason\na.jpg,1,drop,x\na.png,1,keep,y\na.jpg,0,review,z\nb.jpg,0,keep,w\n";
    await importVerdicts(dataset.env, dataset.root, csv);
    const selection = async () => (await readDataset(dataset.env, dataset.root)).state.selection;
    const before = await selection();
    await apply(dataset, "replace", { find: "two", with: "2" }, { kind: "where", where: 'sample = "a.jpg" or sample = "b.jpg"' });
    expect((await selection()).map((verdict) => [verdict.sample, verdict.captionIndex, verdict.captionHash])).toEqual([
      ["a.jpg", 0, captionHash("one")],
      ["a.jpg", 1, captionHash("2")],
      ["a.png", 1, captionHash("2")],
      ["b.jpg", 0, captionHash("2")],
    ]);
    await undo(dataset);
    expect(await selection()).toEqual(before);
  });

  it("are left where their file says something else by now or can't hold the text, and listed", async () => {
    const files = {
      "a.txt": "one",
      "b.txt": "one",
      "c.txt": "one",
      "d.txt": "one\ntwo\n",
      "e.txt": Buffer.from([0x6f, 0x6e, 0x65, 0x20, 0xe9]),
    };
    const dataset = await createDiscovered({ ...pictures("a.jpg", "b.jpg", "c.jpg", "d.jpg", "e.jpg"), ...files });
    await writeFile(join(dataset.root, "a.txt"), "somebody's words");
    await rm(join(dataset.root, "b.txt"));
    const answer = await apply(dataset, "replace", { find: "one", with: "狐" });
    expect(answer).toMatchObject({ changed: 5, applied: 2, left: 3 });
    const reasons = Object.fromEntries(answer.leftCaptions.map(({ sample, reason }) => [sample, reason]));
    expect(reasons["a.jpg"]).toMatch(/a\.txt was not changed: the caption in line 1 says "somebody's words" now/);
    expect(reasons["b.jpg"]).toMatch(/b\.txt is not there any more: run the analysis again/);
    expect(reasons["e.jpg"]).toMatch(/e\.txt is windows-1252, which has no room for this text/);
    expect(await textOf(dataset, "a.txt")).toBe("somebody's words");
    expect([await textOf(dataset, "c.txt"), await textOf(dataset, "d.txt")]).toEqual(["狐", "狐\ntwo\n"]);
  });

  it("are all or none where it is cancelled, and told of as they go", async () => {
    const dataset = await createDiscovered({ ...pictures("a.jpg", "b.jpg"), "a.txt": "one", "b.txt": "one" });
    const controller = new AbortController();
    const asked = { scope: whole, operation: "affix", options: { prefix: "x " } };
    const stopping = applyEdit(dataset.env, await dataset.open(), asked, {
      signal: controller.signal,
      onProgress: (done, total) => done > total / 2 && controller.abort(new Error("stopped")),
    });
    await expect(stopping).rejects.toThrow("stopped");
    expect(await captionsOf(dataset)).toEqual({ "a.jpg": ["one"], "b.jpg": ["one"] });
    const seen: [number, number][] = [];
    const onProgress = (done: number, total: number): void => void seen.push([done, total]);
    await applyEdit(dataset.env, await dataset.open(), asked, { ...watch(), onProgress });
    expect(seen.map(([done, total]) => done / total)).toEqual([...seen.map(([done, total]) => done / total)].sort((a, b) => a - b));
    expect(seen.at(-1)![0]).toBe(seen.at(-1)![1]);
  });

  it("are none where nothing would change, and then nothing is written", async () => {
    const dataset = await createDiscovered({ ...pictures("a.jpg"), "a.txt": "one" });
    expect(await apply(dataset, "replace", { find: "x" })).toMatchObject({ operation: null, applied: 0, changed: 0, unchanged: 1 });
    expect(await operationsOf(dataset)).toEqual([]);
  });

  it("get what their rows know: columns, folders, names", async () => {
    const csv = 'file_name,artist,text\na.jpg,"Hok, K.",cat\nb.jpg,,dog\n';
    const dataset = await createDiscovered({ ...pictures("sub/a.jpg", "sub/b.jpg"), "sub/metadata.csv": csv });
    await apply(dataset, "template", { template: "{caption} by {artist} in {folderName}/{fileName}" });
    expect(await textOf(dataset, "sub/metadata.csv")).toBe(
      'file_name,artist,text\na.jpg,"Hok, K.","cat by Hok, K. in sub/a"\nb.jpg,,dog by  in sub/b\n',
    );
    const lines = await createDiscovered({ ...pictures("a.jpg"), "data.jsonl": '{"image":"a.jpg","text":"cat","n":3}\n' });
    await apply(lines, "template", { template: "{n} of {caption}" });
    expect(await textOf(lines, "data.jsonl")).toBe('{"image":"a.jpg","text":"3 of cat","n":3}\n');
    expect(await preview(lines, "template", { template: "{nobody} {caption}" })).toMatchObject({ changed: 0, unchanged: 1 });
  });

  it("become one line of a caption file, or many, whatever was read of it", async () => {
    const dataset = await createDiscovered({
      ...pictures("a.jpg", "b.jpg"),
      "a.txt": "one\r\n\r\n two \r\n",
      "b.txt": "One here. Two there.",
    });
    const joined = await preview(dataset, "lines", {});
    expect(joined).toMatchObject({ total: 2, changed: 1 });
    expect(joined.rows[0]).toMatchObject({ sample: "a.jpg", captionIndex: null, before: "one\n\n two", after: "one two" });
    await apply(dataset, "lines", {});
    expect(await textOf(dataset, "a.txt")).toBe("one two \r\n");
    expect([...(await readFittingItems(await dataset.open(), { where: "edited = true" }))]).toEqual([0, 1]);
    await apply(dataset, "lines", { to: "sentences" });
    expect(await textOf(dataset, "b.txt")).toBe("One here.\nTwo there.");
    await undo(dataset);
    await undo(dataset);
    expect(await textOf(dataset, "a.txt")).toBe("one\r\n\r\n two \r\n");
    const table = await createDiscovered({ ...pictures("a.jpg"), "train.csv": "filepath,title\na.jpg,x\n" });
    expect(await preview(table, "lines", {})).toMatchObject({ fixed: 1, fixedReasons: [expect.stringMatching(/^Only caption files/)] });
  });

  it("are refused in a sentence where the options are wrong", async () => {
    const dataset = await createDiscovered({ ...pictures("a.jpg"), "a.txt": "one" });
    await expect(preview(dataset, "nothing", {})).rejects.toThrow(/^Expected one of the operations replace, .* but received nothing$/);
    await expect(preview(dataset, "replace", { find: "(", regex: true })).rejects.toThrow(/^Expected a regular expression for find but/);
    await expect(preview(dataset, "shorten", { tokens: 3 })).rejects.toThrow(/can't be asked for tokens/);
  });
});
