import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { EditContext } from "../../../../src/core/captions/operations/operation.ts";
import { operations, prepareOperation } from "../../../../src/core/captions/operations/operations.ts";
import type { CaptionPlace } from "../../../../src/core/captions/place.ts";
import { readCsv } from "../../../../src/core/formats/csv.ts";
import { parseTokenLine } from "../../../../src/core/formats/flickr.ts";
import { cutCaptions } from "../../../../src/engine/discover/captionText.ts";
import { decodeText } from "../../../../src/engine/discover/text.ts";
import { withDataset } from "../../../../src/engine/store/dataset.ts";
import { applyBatch, planBatch } from "../../../../src/engine/write/captionBatch.ts";
import type { CaptionPlanner } from "../../../../src/engine/write/captionPlans.ts";
import { planCaptions } from "../../../../src/engine/write/captionPlans.ts";
import { encodeText, partsOf, type FileEncoding } from "../../../../src/engine/write/encodedText.ts";
import { undo } from "../../../../src/engine/write/undo.ts";
import { envIn } from "../store/workplace.ts";

/** A text of a file, how its captions are read by somebody else than who edits them, and where they stand. */
interface Model {
  readonly name: string;
  readonly text: string;
  readonly read: (text: string) => readonly string[];
  readonly placeOf: (index: number, captions: number) => CaptionPlace;
}

const pieces = [
  "a cat",
  "left",
  "Right",
  "sks",
  "red hair",
  ", ",
  ". ",
  " ",
  "é",
  "e\u0301",
  "狐",
  "🦊",
  '"',
  "“",
  "\\",
  "\t",
  "|",
  "photo of ",
  "smile",
  ", smile",
  ", smile",
];
const caption = fc.array(fc.constantFrom(...pieces), { maxLength: 8 }).map((parts) => parts.join(""));
const captions = fc.array(caption, { minLength: 1, maxLength: 8 });
const lineEnd = fc.constantFrom("\n", "\r\n", "\r");
const feed = fc.constantFrom("\n", "\r\n");

/** Texts of caption files, with line ends of all kinds, blank lines, and with and without one at the end. */
const plainText = fc
  .tuple(captions, fc.array(lineEnd, { minLength: 8, maxLength: 8 }), fc.boolean(), fc.constantFrom("", "\n", "  \r\n"))
  .map(
    ([texts, ends, isEnded, before]) =>
      before + texts.map((text, at) => text + (isEnded || at < texts.length - 1 ? ends[at]! : "")).join(""),
  );

const plainModel = plainText.chain((text) =>
  fc.constantFrom("one" as const, "lines" as const, "first" as const).map((mode): Model => {
    const lines = cutCaptions(text, mode).map(({ line }) => line);
    return {
      name: `plain ${mode}`,
      text,
      read: (changed) => cutCaptions(changed, mode).map((piece) => piece.text),
      placeOf: (index, count) => {
        const line = lines[index];
        return {
          kind: "plain",
          part: line === undefined ? { kind: "whole" } : { kind: "line", line, alone: mode === "first" || count === 1 },
        };
      },
    };
  }),
);

const csvModel = fc
  .tuple(captions, feed, fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }), fc.boolean())
  .map(([texts, end, quoted, ends]): Model => {
    const cell = (text: string, at: number): string => (quoted[at]! || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
    return {
      name: "CSV",
      text: ["file,text,n", ...texts.map((text, at) => `${at}.jpg,${cell(text, at)},7`)].join(end) + (ends ? end : ""),
      read: (changed) => [...readCsv(changed, ",")].flatMap((record) => (record.kind === "record" ? [record.cells[1]!] : [])).slice(1),
      placeOf: (row) => ({ kind: "cell", row, column: "text" }),
    };
  });

const jsonLinesModel = fc.tuple(captions, feed, fc.boolean()).map(([texts, end, ends]): Model => ({
  name: "JSON Lines",
  text: texts.map((text, at) => JSON.stringify({ at, text })).join(end) + (ends ? end : ""),
  read: (changed) =>
    changed
      .split("\n")
      .filter((line) => line.trim() !== "")
      .map((line) => (JSON.parse(line) as { text: string }).text),
  placeOf: (line) => ({ kind: "json", line, paths: [["text", 0], ["text"]], reading: "exact" }),
}));

const cocoModel = fc.tuple(captions, fc.constantFrom(0, 1, 4)).map(([texts, indent]): Model => ({
  name: "COCO",
  text: JSON.stringify({ images: [{ id: 1 }], annotations: texts.map((text, id) => ({ id, caption: text })) }, null, indent),
  read: (changed) => (JSON.parse(changed) as { annotations: { caption: string }[] }).annotations.map((annotation) => annotation.caption),
  placeOf: (row) => ({ kind: "json", paths: [["annotations", row, "caption"]], reading: "exact" }),
}));

const flickrModel = fc.tuple(captions, feed, fc.boolean()).map(([texts, end, ends]): Model => ({
  name: "Flickr",
  text: texts.map((text, at) => `${at}.jpg#0\t${text.trim() || "x"}`).join(end) + (ends ? end : ""),
  read: (changed) =>
    changed
      .split(/\r?\n/)
      .filter((line) => line !== "")
      .map((line) => parseTokenLine(line)!.caption),
  placeOf: (line) => ({ kind: "flickr", line }),
}));

const model = fc.oneof({ weight: 4, arbitrary: plainModel }, csvModel, jsonLinesModel, cocoModel, flickrModel);

/** Every operation, with options that change much. */
const given = fc.constantFrom(
  { operation: "replace", options: { find: "(cat|é)", with: "[$1] 狐", regex: true } },
  { operation: "replace", options: { find: " ", with: "" } },
  { operation: "swap", options: { pairs: "left=right|a cat=smile" } },
  { operation: "affix", options: { prefix: "photo of ", suffix: ', "fin"' } },
  { operation: "trigger", options: { trigger: "sks" } },
  { operation: "stripBoilerplate", options: { phrases: "photo of|smile", frequent: 50, preambles: true } },
  { operation: "normalise", options: { form: "NFKC", quotes: true, spaces: true, invisible: true } },
  { operation: "pickSentence", options: { pick: "longest" } },
  { operation: "shorten", options: { tokens: 2 } },
  { operation: "template", options: { template: "{caption}\n{fileName}" } },
  { operation: "lines", options: { to: "join" } },
  { operation: "sortTags", options: { all: true } },
  { operation: "dedupeTags", options: { all: true } },
  { operation: "removeTags", options: { tags: "smile|red*", all: true } },
  { operation: "renameTags", options: { pairs: "smile=grin", all: true } },
  { operation: "implyTags", options: { pairs: "sks=狐", all: true } },
  { operation: "frequentTags", options: { atLeast: 2, all: true } },
);

const encodings: readonly { readonly encoding: FileEncoding; readonly mark: readonly number[] }[] = [
  { encoding: "utf-8", mark: [] },
  { encoding: "utf-8", mark: [0xef, 0xbb, 0xbf] },
  { encoding: "utf-16le", mark: [0xff, 0xfe] },
  { encoding: "utf-16be", mark: [0xfe, 0xff] },
  { encoding: "windows-1252", mark: [] },
];

const context: EditContext = { sample: "a.jpg", folder: "", fileName: "a", isDeclaredTags: false, columns: {} };
const tools = { countTokens: (text: string) => text.split(/\s+/).length, tokenLimit: 3 };

/** The captions that an operation changes, with their new texts. */
function changesOf(
  { operation, options }: { operation: string; options: Readonly<Record<string, unknown>> },
  { text, read, placeOf }: Model,
) {
  const prepared = prepareOperation({ operation, options }, tools);
  if (typeof prepared === "string") throw new Error(prepared);
  const texts = read(text);
  for (const own of texts) prepared.survey?.(own, context);
  return texts.flatMap((before, index) => {
    const after = prepared.edit(before, context);
    return after === before ? [] : [{ pair: index, place: placeOf(index, texts.length), before, after }];
  });
}

let folder: string;
beforeAll(async () => {
  // In memory where the machine has such a folder: what is proved here are bytes, and each file is waited for twice.
  folder = await mkdtemp(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "winnow-batch-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("captions of a file that are changed together", () => {
  it("are read as the new texts, the others as before, and all other bytes stay, in 10,000 files", async () => {
    const changedBy = new Map<string, number>();
    let cases = 0;
    const encoded = fc
      .tuple(model, fc.constantFrom(...encodings), given)
      .filter(([{ text }, { encoding }]) => encodeText(text, encoding) !== undefined);
    await fc.assert(
      fc.asyncProperty(encoded, async ([drawn, { encoding, mark }, asked]) => {
        cases += 1;
        const bytes = Buffer.concat([Buffer.from(mark), encodeText(drawn.text, encoding)!]);
        if (decodeText(bytes).text !== drawn.text) return; // windows-1252 that happens to be UTF-8
        const texts = drawn.read(drawn.text);
        const changes = changesOf(asked, drawn);
        const plans = await planCaptions({ now: () => 0 }, bytes, { file: "x", changes });
        const expected = [...texts];
        const replacements = plans.flatMap((plan, at) => {
          if (plan.kind === "refusal") expect(plan, plan.message).toMatchObject({ code: "unfit" });
          if (plan.kind === "refusal") return [];
          expected[changes[at]!.pair] = plan.caption;
          expect(plan.caption.trim()).toBe(changes[at]!.after.trim());
          return [plan];
        });
        replacements.sort((left, right) => left.from - right.from);
        const changed = Buffer.concat(partsOf(bytes, replacements));
        expect(drawn.read(decodeText(changed).text)).toEqual(expected);
        expect(takenBack(bytes, changed, replacements)).toEqual(bytes);
        if (replacements.length > 0)
          for (const key of [asked.operation, drawn.name, encoding]) changedBy.set(key, (changedBy.get(key) ?? 0) + 1);
      }),
      { numRuns: 10_000 },
    );
    expect(cases).toBe(10_000);
    const names = [
      ...operations.map(({ id }) => id),
      ...encodings.map(({ encoding }) => encoding),
      "plain lines",
      "CSV",
      "JSON Lines",
      "COCO",
      "Flickr",
    ];
    for (const name of names) expect(changedBy.get(name) ?? 0, name).toBeGreaterThan(10);
  });

  it("come back to the byte when the operation is undone, 10,000 captions in batches of hundreds of files through the ledger", async () => {
    const root = join(folder, "dataset");
    const env = envIn(join(folder, "env"));
    const planner: CaptionPlanner = async (_, bytes, asked) => ({ plans: await planCaptions(env, bytes, asked), bytes });
    const { signal } = new AbortController();
    const drawn = fc.tuple(model, fc.constantFrom(...encodings), given, fc.boolean());
    const changedBy = new Map<string, number>();
    const count = (key: string): unknown => changedBy.set(key, (changedBy.get(key) ?? 0) + 1);
    let changed = 0;
    for (let seed = 1; changed < 10_000; seed += 1) {
      await rm(root, { recursive: true, force: true });
      await mkdir(root, { recursive: true });
      const cases = fc.sample(drawn, { seed, numRuns: 500 }).flatMap(([own, { encoding, mark }, asked, adds], at) => {
        const bytes = encodeText(own.text, encoding);
        const changes = changesOf(asked, own).map((change) => (adds ? { ...change, adds } : change));
        if (bytes === undefined) return [];
        return [{ file: join(root, `${at}.txt`), bytes: Buffer.concat([Buffer.from(mark), bytes]), changes, own, encoding, adds }];
      });
      await Promise.all(cases.map(({ file, bytes }) => writeFile(file, bytes)));
      const plan = await planBatch(env, cases, planner, { signal });
      const files = new Set(plan.files.map(({ file }) => file));
      const note = { summary: "test", samples: new Map(), edited: [{ sample: "a.jpg", captionIndex: 0 }] };
      await withDataset(env, root, async (dataset, state) => {
        const operation = await applyBatch(dataset, state, { plan, note, signal });
        for (const { file, bytes } of cases) expect((await readFile(file)).equals(bytes), file).toBe(!files.has(file));
        expect(await undo(dataset, operation!)).toMatchObject({ left: [] });
      });
      for (const { file, bytes } of cases) expect((await readFile(file)).equals(bytes), `${file}, seed ${seed}`).toBe(true);
      changed += plan.files.reduce((sum, { captions: own }) => sum + own.length, 0);
      for (const { own, encoding, adds } of cases.filter((one) => files.has(one.file)))
        for (const key of [own.name, encoding, adds ? "added" : "changed"]) count(key);
    }
    const kinds = ["plain one", "plain lines", "CSV", "JSON Lines", "COCO", "Flickr", "added", "changed"];
    for (const key of [...kinds, ...encodings.map(({ encoding }) => encoding)]) expect(changedBy.get(key) ?? 0, key).toBeGreaterThan(100);
  });
});

/** The new bytes with every replacement turned round. */
function takenBack(
  before: Buffer,
  after: Buffer,
  replacements: readonly { readonly from: number; readonly to: number; readonly inserted: Uint8Array }[],
): Buffer {
  let shift = 0;
  const back = replacements.map(({ from, to, inserted }) => {
    const place = { from: from + shift, to: from + shift + inserted.length, inserted: before.subarray(from, to) };
    shift += inserted.length - (to - from);
    return place;
  });
  return Buffer.concat(partsOf(after, back));
}
