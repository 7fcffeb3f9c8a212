import { appendFile, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { discover } from "../../../../src/engine/discover/discover.ts";
import { editCaption } from "../../../../src/engine/requests/editCaption.ts";
import { readFittingItems } from "../../../../src/engine/requests/fitting.ts";
import { undoOperation } from "../../../../src/engine/requests/operations.ts";
import { estimateRewrite } from "../../../../src/engine/requests/rewrite.ts";
import { rejectRewrites } from "../../../../src/engine/requests/rewriteStates.ts";
import { readDataset } from "../../../../src/engine/store/dataset.ts";
import { RemoteError } from "../../../../src/protocol/rpc.ts";
import { startFakeServer } from "../../../fakeOpenAi.ts";
import { createDiscovered, type DiscoveredDataset } from "./discoveredFixture.ts";
import { accept, captionIn, listAll, rewriteAll, scriptAsks } from "./rewriteFixture.ts";

const pictures = (...names: readonly string[]): Record<string, string> => Object.fromEntries(names.map((name) => [name, name]));
const textOf = async ({ root }: DiscoveredDataset, path: string): Promise<string> => await readFile(join(root, path), "utf8");
const undo = ({ env, root }: DiscoveredDataset) => undoOperation(env, root, { cascade: false });
const watch = () => ({ signal: new AbortController().signal });

const captions = {
  good: "a red cat sits on a mat",
  worse: "a dog runs on grass",
  longer: "a cow stands in a field",
  added: "a bird on a branch",
  refused: "a boat at sea",
  looped: "a tree in a park",
  same: "a house on a hill",
  empty: "a car in a street",
};

/** What the scripted model says to each, good, bad and glitchy. */
const said: Readonly<Record<string, string>> = {
  [captions.good]: '"A red cat on a mat sits"',
  [captions.worse]: "on grass runs a dog",
  [captions.longer]: "a cow in a field in a field in a field stands",
  [captions.added]: "a blue bird on a branch",
  [captions.refused]: "I'm sorry, I can't describe this image.",
  [captions.looped]: "a tree a tree a tree a tree in a park",
  [captions.same]: captions.same,
  [captions.empty]: "NONE",
};

const scores = { "A red cat on a mat sits": 0.35, "on grass runs a dog": 0.1, "a blue bird on a branch": 0.5 };

async function createAll(): Promise<DiscoveredDataset> {
  const names = Object.keys(captions);
  return await createDiscovered({
    ...pictures(...names.map((name) => `${name}.jpg`)),
    ...Object.fromEntries(Object.entries(captions).map(([name, text]) => [`${name}.txt`, `${text}\n`])),
  });
}

const scripted = () => scriptAsks({ scores, answer: (prompt) => said[captionIn(prompt)] ?? "" });

describe("rewriting", () => {
  it("keeps good, bad and glitchy answers as proposals, and takes by its rule the good one alone", async () => {
    const dataset = await createAll();
    const report = await rewriteAll(dataset, scripted());
    expect(report).toMatchObject({ total: 8, captions: 8, asked: 8, cached: 0, proposals: 6, unchanged: 1, glitches: 3, measured: 6 });
    expect(report.failures).toEqual([{ reason: "The model gave no caption", count: 1 }]);
    const page = await listAll(dataset);
    const told = Object.fromEntries(page.rewrites.map(({ sample, holds, glitches }) => [sample, [holds, glitches]]));
    expect(told).toEqual({
      "good.jpg": [[], []],
      "worse.jpg": [["lowerScore"], []],
      "longer.jpg": [["glitch", "cutOff"], ["loop"]],
      "added.jpg": [["addedWords"], []],
      "refused.jpg": [["glitch", "addedWords"], ["refusal"]],
      "looped.jpg": [["glitch", "cutOff"], ["loop"]],
    });
    expect(page).toMatchObject({ counts: { proposed: 6, accepted: 0, rejected: 0, stale: 0 }, acceptable: 1 });
    const accepted = await accept(dataset);
    expect(accepted).toMatchObject({ accepted: 1, passed: 0, left: [] });
    expect(await textOf(dataset, "good.txt")).toBe("A red cat on a mat sits\n");
    expect(await textOf(dataset, "added.txt")).toBe("a bird on a branch\n");
    expect((await listAll(dataset)).counts).toEqual({ proposed: 5, accepted: 1, rejected: 0, stale: 0 });
  });

  it("is one operation of the ledger with the author of each caption, and undo gives all bytes back", async () => {
    const dataset = await createAll();
    await rewriteAll(dataset, scripted());
    const chosen = (await listAll(dataset)).rewrites.filter(({ sample }) => /^(?:good|added|worse)/.test(sample));
    const { operation } = await accept(dataset, { kind: "ids", ids: chosen.map(({ id }) => id) });
    const { ledger } = await readDataset(dataset.env, dataset.root);
    expect(ledger.operations).toMatchObject([
      { operation, kind: "caption", summary: "accept rewrites by scripted: 3 captions in 3 files" },
    ]);
    const open = await dataset.open();
    const edits = await open.tables.query("SELECT p.sample, e.author FROM edits e JOIN pairs p ON p.pair = e.item ORDER BY 1");
    expect(edits.map(({ sample, author }) => [sample, author])).toEqual([
      ["added.jpg", "scripted"],
      ["good.jpg", "scripted"],
      ["worse.jpg", "scripted"],
    ]);
    expect(await readFittingItems(open, { where: 'author = "scripted"' })).toHaveLength(3);
    await undo(dataset);
    for (const name of ["good", "added", "worse"] as const) expect(await textOf(dataset, `${name}.txt`)).toBe(`${captions[name]}\n`);
    expect((await listAll(dataset)).counts).toMatchObject({ proposed: 6, accepted: 0 });
  });

  it("asks nobody twice: not when it is run again, and not after it was stopped in the middle", async () => {
    const dataset = await createAll();
    const cancellation = new AbortController();
    const first = scriptAsks({
      answer: (prompt) => {
        if (first.prompts.length === 3) cancellation.abort(new Error("stopped"));
        return said[captionIn(prompt)] ?? "";
      },
    });
    await expect(rewriteAll(dataset, first, { signal: cancellation.signal, concurrency: 1 })).rejects.toThrow("stopped");
    const second = scripted();
    const report = await rewriteAll(dataset, second);
    const asked = [...first.prompts, ...second.prompts].map(captionIn);
    expect(asked).toHaveLength(8);
    expect(new Set(asked).size).toBe(8);
    expect(report.cached).toBe(8 - second.prompts.length);
    const third = scripted();
    expect(await rewriteAll(dataset, third)).toMatchObject({ asked: 0, cached: 8, proposals: 0, known: 6 });
    expect(third.prompts).toEqual([]);
  });

  it("goes on behind a line that a kill tore", async () => {
    const dataset = await createAll();
    await rewriteAll(dataset, scripted());
    const folder = join(dataset.root, ".winnow/rewrites");
    for (const file of ["answers.jsonl", "proposals.jsonl"]) await appendFile(join(folder, file), '{"schema":1,"event":"prop');
    const again = scripted();
    await rewriteAll(dataset, again, { preset: "translate", options: {} });
    const lines = (await readFile(join(folder, "proposals.jsonl"), "utf8")).trimEnd().split("\n");
    for (const line of lines) expect(JSON.parse(line)).toMatchObject({ schema: 1 });
    expect((await listAll(dataset)).count).toBeGreaterThan(6);
  });

  it("leaves what a person wrote to a person, and what a model wrote alone unless asked", async () => {
    const dataset = await createAll();
    const { root, env } = dataset;
    const request = { root, sample: "good.jpg", captionIndex: 0, before: captions.good, after: "a mat, on it a red cat" };
    await editCaption(env, await dataset.open(), request, watch());
    const asks = scriptAsks({ scores: { "a red cat on a mat": 0.9 }, answer: () => "a red cat on a mat" });
    await rewriteAll(dataset, asks, { scope: { kind: "where", where: 'sample = "good.jpg"' } });
    const [proposal] = (await listAll(dataset)).rewrites;
    expect(proposal).toMatchObject({ before: "a mat, on it a red cat", holds: ["human"] });
    expect(await accept(dataset)).toMatchObject({ operation: null, accepted: 0 });
    expect(await accept(dataset, { kind: "ids", ids: [proposal!.id] })).toMatchObject({ accepted: 1 });
    const scope = { kind: "where", where: 'sample = "good.jpg"' } as const;
    expect(await rewriteAll(dataset, asks, { scope })).toMatchObject({ total: 1, machine: 1, captions: 0 });
    expect(await rewriteAll(dataset, asks, { scope, redo: true })).toMatchObject({ total: 1, machine: 0, captions: 1 });
  });

  it("never rewrites the evaluation split", async () => {
    const texts = { "train/a.txt": "a cat", "test/b.txt": "a dog" };
    const dataset = await createDiscovered({ ...pictures("train/a.jpg", "test/b.jpg"), ...texts });
    const asks = scriptAsks({ answer: (prompt) => `${captionIn(prompt)}, here` });
    expect(await rewriteAll(dataset, asks)).toMatchObject({ total: 2, frozen: 1, captions: 1, asked: 1, proposals: 1 });
    expect(asks.prompts.map(captionIn)).toEqual(["a cat"]);
  });

  it("marks proposals as stale whose captions were changed since, and never writes over them", async () => {
    const dataset = await createAll();
    await rewriteAll(dataset, scripted());
    const { env, root } = dataset;
    const request = { root, sample: "good.jpg", captionIndex: 0, before: captions.good, after: "something else" };
    await editCaption(env, await dataset.open(), request, watch());
    const page = await listAll(dataset);
    expect(page.counts).toMatchObject({ proposed: 5, stale: 1 });
    const stale = page.rewrites.find(({ state }) => state === "stale")!;
    expect(await accept(dataset, { kind: "ids", ids: [stale.id] })).toMatchObject({ accepted: 0, left: [{ id: stale.id }] });
    expect(await textOf(dataset, "good.txt")).toBe("something else\n");
  });

  it("proposes nothing again that was rejected", async () => {
    const dataset = await createAll();
    await rewriteAll(dataset, scripted());
    const [first] = (await listAll(dataset)).rewrites;
    await rejectRewrites(dataset.env, await dataset.open(), [first!.id], watch().signal);
    await rewriteAll(dataset, scripted());
    expect((await listAll(dataset)).counts).toMatchObject({ proposed: 5, rejected: 1 });
    await expect(rejectRewrites(dataset.env, await dataset.open(), ["nonsense"], watch().signal)).rejects.toThrow(
      "There is no proposal nonsense",
    );
  });
});

describe("accepted captions beside the old ones", () => {
  it("become lines of caption files, behind all others, under their model's name", async () => {
    const dataset = await createDiscovered({ ...pictures("a.jpg"), "a.txt": "a cat\r\na dog\r\n" });
    await rewriteAll(dataset, scriptAsks({ answer: (prompt) => `${captionIn(prompt)}, seen` }));
    const ids = (await listAll(dataset)).rewrites.map(({ id }) => id);
    expect(await accept(dataset, { kind: "ids", ids }, "add")).toMatchObject({ accepted: 2, left: [] });
    expect(await textOf(dataset, "a.txt")).toBe("a cat\r\na dog\r\na cat, seen\r\na dog, seen\r\n");
    const { samples } = await discover(dataset.env, dataset.root);
    expect(samples[0]!.captions.map(({ text }) => text)).toEqual(["a cat", "a dog", "a cat, seen", "a dog, seen"]);
    await undo(dataset);
    expect(await textOf(dataset, "a.txt")).toBe("a cat\r\na dog\r\n");
  });

  it("become rows of JSON Lines, like those of the old ones", async () => {
    const rows = ['{"file_name": "a.jpg", "text": "a cat", "id": 7}', '{"file_name": "b.jpg", "text": "a dog", "id": 8}'];
    const dataset = await createDiscovered({ ...pictures("a.jpg", "b.jpg"), "metadata.jsonl": `${rows.join("\n")}\n` });
    await rewriteAll(dataset, scriptAsks({ answer: (prompt) => `${captionIn(prompt)}, "seen"` }));
    const ids = (await listAll(dataset)).rewrites.map(({ id }) => id);
    expect(await accept(dataset, { kind: "ids", ids }, "add")).toMatchObject({ accepted: 2, left: [] });
    expect(await textOf(dataset, "metadata.jsonl")).toBe(
      `${[...rows, '{"file_name": "a.jpg", "text": "a cat, \\"seen\\"", "id": 7}', '{"file_name": "b.jpg", "text": "a dog, \\"seen\\"", "id": 8}'].join("\n")}\n`,
    );
  });

  it("are read again by every format that can hold them, and the undo gives all bytes back", async () => {
    const files = {
      "metadata.csv": 'file_name,text\r\na.jpg,"a cat"\r\nb.jpg,a dog\r\n',
      "captions.json": JSON.stringify({
        images: ["a.jpg", "b.jpg"].map((file_name, id) => ({ id, file_name })),
        annotations: ["a cat", "a dog"].map((caption, at) => ({ image_id: at, id: 9 - at, caption })),
      }),
      "Flickr8k.token.txt": "a.jpg#0\ta cat\nb.jpg#3\ta dog\n",
      "data.jsonl": '\ufeff{"image":"a.jpg","captions":["a cat"]}\n{"image":"b.jpg","captions":["a dog"]}',
    };
    for (const [path, text] of Object.entries(files)) {
      const dataset = await createDiscovered({ ...pictures("a.jpg", "b.jpg"), [path]: text });
      await rewriteAll(dataset, scriptAsks({ answer: (prompt) => `${captionIn(prompt)}, seen` }));
      const ids = (await listAll(dataset)).rewrites.map(({ id }) => id);
      expect(await accept(dataset, { kind: "ids", ids }, "add"), path).toMatchObject({ accepted: 2, left: [] });
      const { samples } = await discover(dataset.env, dataset.root);
      const read = Object.fromEntries(samples.map(({ id, captions }) => [id, captions.map((caption) => caption.text)]));
      expect(read, path).toEqual({ "a.jpg": ["a cat", "a cat, seen"], "b.jpg": ["a dog", "a dog, seen"] });
      await undo(dataset);
      expect(await textOf(dataset, path)).toBe(text);
    }
  });

  it("are left with a sentence where the format has no place for them, or the file was changed by somebody else", async () => {
    const whole = await createDiscovered({ ...pictures("a.jpg"), "a.txt": "a cat\n" }, { captions: "one" });
    const table = await createDiscovered({ ...pictures("a.jpg"), "metadata.csv": "file_name,text\na.jpg,a cat\n" });
    for (const dataset of [whole, table]) await rewriteAll(dataset, scriptAsks({ answer: () => "a cat, seen" }));
    await table.write("metadata.csv", "file_name,text\na.jpg,somebody's\n");
    for (const [dataset, reason] of [
      [whole, /read as one caption: read caption files by lines/],
      [table, /says "somebody's" now/],
    ] as const) {
      const ids = (await listAll(dataset)).rewrites.map(({ id }) => id);
      const accepted = await accept(dataset, { kind: "ids", ids }, "add");
      expect(accepted).toMatchObject({ operation: null, accepted: 0 });
      expect(accepted.left[0]!.reason).toMatch(reason);
    }
    expect(await textOf(table, "metadata.csv")).toBe("file_name,text\na.jpg,somebody's\n");
    expect((await listAll(whole)).counts.proposed).toBe(1);
  });
});

describe("a server that rewrites", () => {
  it("gets pictures as JPEG, and its key stands in no file and no log", async () => {
    const key = "sk-very-secret-42";
    const picture = await sharp({ create: { width: 300, height: 200, channels: 3, background: "#336699" } })
      .png()
      .toBuffer();
    const dataset = await createDiscovered({ "a.png": picture, "a.txt": "a green field" });
    const log: string[] = [];
    Object.assign(dataset.env, { log: (tag: string, text: string) => void log.push(`${tag} ${text}`) });
    const server = await startFakeServer((_, at) => (at === 0 ? { kind: "status", status: 429, body: `key ${key}` } : "a blue field"));
    const evidence = () => ({
      score: 0.1,
      words: [{ from: 2, to: 7, word: "green", drop: -0.1 }],
      nearestWrong: { text: "the sky", score: 0.3 },
    });
    const source = { kind: "openAi", url: server.url, model: "seer", key } as const;
    const report = await rewriteAll(dataset, scriptAsks({ evidence }), { preset: "fixWrong", source, pictureSide: 64 });
    expect(report).toMatchObject({ asked: 1, retries: 1, proposals: 1 });
    const question = server.questions[1]!;
    expect(question.authorization).toBe(`Bearer ${key}`);
    expect(question.text).toContain('Doubtful words: ["green"]');
    expect(question.text).toContain('Caption of another picture: "the sky"');
    const shown = await sharp(Buffer.from(question.picture!.split(",")[1]!, "base64")).metadata();
    expect([shown.format, shown.width, shown.height]).toEqual(["jpeg", 64, 43]);
    expect(log.join("\n")).not.toContain(key);
    const folder = join(dataset.root, "..");
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true }))
      if (entry.isFile()) expect((await readFile(join(entry.parentPath, entry.name))).includes(key), entry.name).toBe(false);
  });

  it("is asked as many at once as is said, and ends the job when it refuses", async () => {
    const dataset = await createAll();
    const slow = await startFakeServer((_, at) => ({ kind: "slow", ms: 30, answer: `caption ${at}` }));
    const source = { kind: "openAi", url: slow.url, model: "slow" } as const;
    await rewriteAll(dataset, scriptAsks({}), { source, concurrency: 2 });
    expect(slow.mostOpen()).toBe(2);
    const refusing = await startFakeServer(() => ({ kind: "status", status: 404, body: "no such model" }));
    const gone = { kind: "openAi", url: refusing.url, model: "gone" } as const;
    await expect(rewriteAll(dataset, scriptAsks({}), { source: gone, concurrency: 1 })).rejects.toThrow(/answered 404: no such model/);
    expect(refusing.questions).toHaveLength(1);
  });

  it("leaves a caption whose answer failed, and ends the job when nobody answers any more", async () => {
    const some = await createAll();
    const asks = scriptAsks({
      answer: (prompt) => {
        if (captionIn(prompt) === captions.good) throw new Error("The model was asked too often");
        return said[captionIn(prompt)] ?? "";
      },
    });
    const report = await rewriteAll(some, asks);
    expect(report.failures).toContainEqual({ reason: "The model was asked too often", count: 1 });
    expect(report).toMatchObject({ asked: 7, proposals: 5 });
    const names = Array.from({ length: 40 }, (_, at) => `p${at}`);
    const many = await createDiscovered({
      ...pictures(...names.map((name) => `${name}.jpg`)),
      ...Object.fromEntries(names.map((name) => [`${name}.txt`, `caption ${name}`])),
    });
    const silent = scriptAsks({ answer: () => Promise.reject(new Error("gone")) });
    await expect(rewriteAll(many, silent, { concurrency: 1 })).rejects.toThrow("gone");
    expect(silent.prompts).toHaveLength(16);
  });

  it("ends at once when the host says that its model would answer nothing more", async () => {
    const dataset = await createAll();
    const refusing = scriptAsks({ answer: () => Promise.reject(new RemoteError("The quota is used up", "ModelRefusedError")) });
    await expect(rewriteAll(dataset, refusing, { concurrency: 1 })).rejects.toThrow("The quota is used up");
    expect(refusing.prompts).toHaveLength(1);
  });

  it("has the host's model count the tokens of some prompts, and reckons the others by them", async () => {
    const names = Array.from({ length: 100 }, (_, at) => `p${at}`);
    const dataset = await createDiscovered({
      ...pictures(...names.map((name) => `${name}.jpg`)),
      ...Object.fromEntries(names.map((name) => [`${name}.txt`, `caption ${name}`])),
    });
    const asked = { scope: { kind: "dataset" }, preset: "translate", options: {}, source: { kind: "host", model: "scripted" } } as const;
    const counted: string[] = [];
    const asks = scriptAsks({ tokensOf: (text) => (counted.push(text), Math.ceil(text.length / 4) * 3) });
    const byLength = await estimateRewrite(dataset.env, await dataset.open(), asked, watch());
    const estimate = await estimateRewrite(dataset.env, await dataset.open(), asked, { ...watch(), asks });
    expect(byLength.countedPrompts).toBe(0);
    expect(estimate).toMatchObject({ calls: 100, inputTokens: byLength.inputTokens * 3, countedPrompts: counted.length });
    expect(counted.length).toBeGreaterThanOrEqual(16);
    expect(counted.length).toBeLessThanOrEqual(32);
    expect(counted.at(-1)).toMatch(/caption p\d+/);
    const mute = scriptAsks({});
    expect(await estimateRewrite(dataset.env, await dataset.open(), asked, { ...watch(), asks: mute })).toEqual(byLength);
  });

  it("is told of before: calls, pictures and tokens, and what is known already", async () => {
    const dataset = await createAll();
    const asked = { scope: { kind: "dataset" }, preset: "laclip", options: {}, source: { kind: "host", model: "scripted" } } as const;
    const estimate = await estimateRewrite(dataset.env, await dataset.open(), asked, watch());
    expect(estimate).toMatchObject({ captions: 8, calls: 8, cached: 0, pictures: 0, outputTokens: 8 * 128 });
    expect(estimate.inputTokens).toBeGreaterThan(8 * 30);
    await rewriteAll(dataset, scripted());
    expect(await estimateRewrite(dataset.env, await dataset.open(), asked, watch())).toMatchObject({
      calls: 0,
      cached: 8,
      inputTokens: 0,
    });
    const chained = { ...asked, preset: "factsFirst" };
    expect(await estimateRewrite(dataset.env, await dataset.open(), chained, watch())).toMatchObject({
      calls: 16,
      cached: null,
      pictures: 8,
    });
  });
});
