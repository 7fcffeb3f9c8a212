import { lstat, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { RelatedPair, StatedRelation } from "../../../../src/core/relations.ts";
import type { Sample, SampleId } from "../../../../src/core/sample.ts";
import { captionHash } from "../../../../src/engine/store/dotWinnow.ts";
import { withDataset } from "../../../../src/engine/store/dataset.ts";
import { exportItems, type Exported, type ExportRequest } from "../../../../src/engine/write/export.ts";
import { exportItemsOf, type ExportItem } from "../../../../src/engine/write/exportItems.ts";
import { safeName } from "../../../../src/engine/write/fileNames.ts";
import { undo } from "../../../../src/engine/write/undo.ts";
import { createWorkplace, sampleOf, snapshot, type Workplace } from "../store/workplace.ts";

const nothing = { selection: [], splits: new Map(), moves: [] };
const pictures = { "a.jpg": "picture a", "x/a.png": "picture x/a", "x/A.jpg": "picture x/A" };

function samplesIn(root: string): Sample[] {
  return [sampleOf(root, "a.jpg", ["one", "two\nlines"]), sampleOf(root, "x/a.png", ["three"]), sampleOf(root, "x/A.jpg", ["four"])];
}

function send(place: Workplace, items: readonly ExportItem[], request: Partial<ExportRequest> & { format: string }): Promise<Exported> {
  const readPicture = () => Promise.resolve(Buffer.from("\x89PNG from the archive", "latin1"));
  return withDataset(place.env, place.root, (dataset) =>
    exportItems(dataset, items, { out: join(place.outside, "out"), readPicture, ...request }),
  );
}

async function sendAll(place: Workplace, request: Partial<ExportRequest> & { format: string }): Promise<Record<string, string>> {
  await send(place, exportItemsOf(samplesIn(place.root), nothing).items, request);
  return snapshot(join(place.outside, "out"));
}

describe("what is exported", () => {
  const root = "/data";
  const samples = [
    sampleOf(root, "a.jpg", ["one", "two", "one"]),
    sampleOf(root, "b.jpg", ["three"], { split: "test" }),
    sampleOf(root, "c.jpg", []),
    sampleOf(root, "d.jpg", [" "]),
  ];
  const drop = { decision: "drop" as const, actor: "rule" as const, reason: "" };
  const captionsOf = (items: readonly ExportItem[]) => items.map(({ sample, captions }) => [sample, captions.map(({ text }) => text)]);

  it("has originals behind the captions that replaced them, of kept captions alone and no text twice, with each author", () => {
    const original = (captionIndex: number, text: string) => ({ captionIndex, text, author: "import" });
    const bySample = new Map([["a.jpg", [original(0, "old one"), original(1, "old two"), original(2, "old one")]]]);
    const originals = { bySample, authorOf: (sample: string, at: number) => (sample === "a.jpg" && at === 0 ? "some model" : undefined) };
    const selection = [{ sample: "a.jpg", captionIndex: 1, captionHash: captionHash("two"), ...drop }];
    const { items } = exportItemsOf(samples, { ...nothing, selection }, { originals });
    expect(items[0]?.captions).toEqual([
      { text: "one", index: 0, author: "some model" },
      { text: "one", index: 2 },
      { text: "old one", index: 0, author: "import", isOriginal: true },
    ]);
    expect(items[1]?.captions).toEqual([{ text: "three", index: 0 }]);
  });

  it("leaves a dropped pair's caption out and its image in", () => {
    const selection = [{ sample: "a.jpg", captionIndex: 2, captionHash: captionHash("one"), ...drop }];
    const { items, leftOut } = exportItemsOf(samples, { ...nothing, selection });
    expect(captionsOf(items)).toEqual([
      ["a.jpg", ["one", "two"]],
      ["b.jpg", ["three"]],
    ]);
    expect(leftOut).toEqual([
      { sample: "c.jpg", captionIndex: null, why: "it has no caption" },
      { sample: "d.jpg", captionIndex: 0, why: "the caption is empty" },
    ]);
  });

  it("takes review with it unless told not to, and one split where one is named", () => {
    const selection = [{ sample: "a.jpg", ...drop, decision: "review" as const }];
    expect(captionsOf(exportItemsOf(samples, { ...nothing, selection }).items)).toHaveLength(2);
    expect(captionsOf(exportItemsOf(samples, { ...nothing, selection }, { withoutReview: true }).items)).toEqual([["b.jpg", ["three"]]]);
    expect(captionsOf(exportItemsOf(samples, nothing, { split: "test" }).items)).toEqual([["b.jpg", ["three"]]]);
  });

  it("gives a keeper the captions that it took over", () => {
    const selection = [{ sample: "b.jpg", ...drop }];
    const moves = [{ sample: "b.jpg", captionIndex: 0, captionHash: captionHash("three"), to: "a.jpg" }];
    expect(captionsOf(exportItemsOf(samples, { ...nothing, selection, moves }).items)).toEqual([["a.jpg", ["one", "two", "one", "three"]]]);
  });
});

describe("hard negatives", () => {
  const hard = (left: RelatedPair, right: RelatedPair): StatedRelation => ({ left, right, relation: "hardNegative" });
  const pair = (sample: string, captionIndex: number, text: string): RelatedPair => ({
    sample,
    captionIndex,
    captionHash: captionHash(text),
  });
  const relations: StatedRelation[] = [
    // The captions of x/a.png stand in another order now.
    hard(pair("a.jpg", 0, "one"), pair("x/a.png", 5, "three")),
    hard({ sample: "x/A.jpg" }, pair("x/a.png", 0, "three")),
    { ...hard(pair("a.jpg", 1, "two\nlines"), pair("x/A.jpg", 0, "four")), relation: "falseNegative" },
  ];

  it("go out with each row that has some, as far as they go out themselves", async () => {
    const place = await createWorkplace(pictures);
    const samples = samplesIn(place.root);
    await send(place, exportItemsOf(samples, { ...nothing, relations }).items, { format: "jsonl" });
    const { "captions.jsonl": text = "" } = await snapshot(join(place.outside, "out"));
    const rows = text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(rows.map(({ sample, captionIndex, hardNegatives }) => [sample, captionIndex, hardNegatives])).toEqual([
      ["a.jpg", 0, [{ sample: "x/a.png", captionIndex: 0 }]],
      ["a.jpg", 1, undefined],
      [
        "x/a.png",
        0,
        [
          { sample: "a.jpg", captionIndex: 0 },
          { sample: "x/A.jpg", captionIndex: 0 },
        ],
      ],
      ["x/A.jpg", 0, [{ sample: "x/a.png", captionIndex: 0 }]],
    ]);
    const selection = [{ sample: "x/a.png", decision: "drop" as const, actor: "person" as const, reason: "" }];
    const { items } = exportItemsOf(samples, { ...nothing, selection, relations });
    expect(items.flatMap(({ captions }) => captions.map(({ hardNegatives }) => hardNegatives))).toEqual([undefined, undefined, undefined]);
  });
});

describe("exporting", () => {
  it("to sidecars keeps folders, and names that would share a caption file apart", async () => {
    const place = await createWorkplace(pictures);
    expect(await sendAll(place, { format: "sidecar" })).toEqual({
      "a.jpg": "picture a",
      "a.txt": "one\ntwo lines\n",
      "x/a.png": "picture x/a",
      "x/a.txt": "three\n",
      "x/A-2.jpg": "picture x/A",
      "x/A-2.txt": "four\n",
    });
  });

  it("to open_clip refers to the pictures absolutely, and quotes everything", async () => {
    const place = await createWorkplace(pictures);
    const files = await sendAll(place, { format: "open_clip" });
    expect(Object.keys(files)).toEqual(["captions.csv"]);
    expect(files["captions.csv"]?.split("\n").slice(0, 3)).toEqual([
      '"filepath"\t"title"',
      `"${place.root}/a.jpg"\t"one"`,
      `"${place.root}/a.jpg"\t"two lines"`,
    ]);
  });

  it("to JSON Lines and COCO names pictures relative to the file", async () => {
    const place = await createWorkplace(pictures);
    const { "captions.jsonl": lines = "" } = await sendAll(place, { format: "jsonl" });
    expect(JSON.parse(lines.split("\n")[1] ?? "")).toEqual({
      image: "../../dataset/a.jpg",
      caption: "two\nlines",
      sample: "a.jpg",
      captionIndex: 1,
    });
    const other = await createWorkplace(pictures);
    const { "captions.json": text = "" } = await sendAll(other, { format: "coco", pictures: "copy" });
    const document = JSON.parse(text) as { images: unknown[]; annotations: unknown[] };
    expect(document.images[1]).toEqual({ id: 2, file_name: "images/x/a.png" });
    expect(document.annotations[2]).toEqual({ id: 3, image_id: 2, caption: "three" });
  });

  it("with hard links shares the bytes, through a symbolic link too", async () => {
    const place = await createWorkplace({ "real/a.jpg": "picture a" });
    await symlink(join(place.root, "real/a.jpg"), join(place.root, "link.jpg"));
    const { items } = exportItemsOf([sampleOf(place.root, "link.jpg", ["one"])], nothing);
    await send(place, items, { format: "sidecar", pictures: "hardlink" });
    const out = join(place.outside, "out/link.jpg");
    expect((await lstat(out)).isFile()).toBe(true);
    expect((await stat(out)).ino).toBe((await stat(join(place.root, "real/a.jpg"))).ino);
  });

  it("is undone without a trace in the out folder or the dataset", async () => {
    const place = await createWorkplace(pictures);
    await sendAll(place, { format: "imagefolder" });
    const undone = await withDataset(place.env, place.root, (dataset) => undo(dataset));
    expect(undone.restored).toHaveLength(4);
    await expect(stat(join(place.outside, "out"))).rejects.toThrow("ENOENT");
    expect(await snapshot(place.root)).toEqual(pictures);
  });

  it("copies pictures out of archives and tables under safe names", async () => {
    const place = await createWorkplace({ "s.tar": "", "t.parquet": "" });
    const member = { kind: "member" as const, archive: join(place.root, "s.tar"), member: "../../../etc/passwd?.jpg", offset: 0, size: 1 };
    const row = { kind: "row" as const, table: join(place.root, "t.parquet"), row: 7, column: "image" };
    const samples = [
      sampleOf(place.root, "s.tar#../../../etc/passwd?.jpg", ["one"], { locator: member, folder: "../../.." }),
      sampleOf(place.root, "t.parquet#7", ["two"], { id: "t.parquet#7" as SampleId, locator: row, folder: "" }),
    ];
    await send(place, exportItemsOf(samples, nothing).items, { format: "sidecar" });
    expect(Object.keys(await snapshot(place.outside))).toEqual([
      "out/__/__/__/passwd_.jpg",
      "out/__/__/__/passwd_.txt",
      "out/t-000007.png",
      "out/t-000007.txt",
    ]);
  });

  it("tells the pictures that can't go out, and lets the rest", async () => {
    const place = await createWorkplace({ "a.jpg": "picture a" });
    const items = exportItemsOf([sampleOf(place.root, "a.jpg", ["one"]), sampleOf(place.root, "gone.jpg", ["two"])], nothing).items;
    expect(await send(place, items, { format: "sidecar" })).toMatchObject({
      samples: 1,
      files: 2,
      leftOut: [{ sample: "gone.jpg", why: "its picture can't be opened" }],
    });
  });

  it("refuses to write into the dataset, over files, or what a format can't", async () => {
    const place = await createWorkplace(pictures);
    const { items } = exportItemsOf(samplesIn(place.root), nothing);
    await expect(send(place, items, { format: "sidecar", out: join(place.root, "out") })).rejects.toThrow(/lies in the dataset/);
    await expect(send(place, items, { format: "sidecar", pictures: "reference" })).rejects.toThrow(
      "Expected pictures copy or hardlink for the format sidecar but received reference",
    );
    await expect(send(place, items, { format: "zip" })).rejects.toThrow(
      /Expected one of the formats coco, imagefolder, jsonl, open_clip, sidecar/,
    );
    await send(place, items, { format: "open_clip" });
    await expect(send(place, items, { format: "open_clip" })).rejects.toThrow(/captions.csv exists already/);
    await writeFile(join(place.outside, "out/notes.md"), "mine");
    await send(place, items, { format: "jsonl" });
    expect(await readFile(join(place.outside, "out/notes.md"), "utf8")).toBe("mine");
  });
});

describe("a safe name", () => {
  it.each([
    ["..", "__"],
    ["", "_"],
    [".hidden", "_hidden"],
    ["a/b\\c:d.jpg", "a_b_c_d.jpg"],
    ["con.jpg", "_con.jpg"],
    ["ends. ", "ends__"],
    ["日本.jpg", "日本.jpg"],
  ])("of %j is %j", (name, safe) => {
    expect(safeName(name)).toBe(safe);
  });

  it("is short enough for every file system, and whole characters", () => {
    const name = safeName(`${"日".repeat(200)}.jpg`);
    expect(Buffer.byteLength(name)).toBeLessThanOrEqual(200);
    expect(name).toMatch(/^日+\.jpg$/);
  });
});

describe("originals", () => {
  it("are rows, annotations or lines of every format, with the author where the format has a place for it", async () => {
    const place = await createWorkplace({ "a.jpg": "picture a" });
    const samples = [sampleOf(place.root, "a.jpg", ["new"])];
    const originals = {
      bySample: new Map([["a.jpg", [{ captionIndex: 0, text: "old", author: "import" }]]]),
      authorOf: () => "some model",
    };
    const { items } = exportItemsOf(samples, nothing, { originals });
    const written: Record<string, string> = {};
    for (const format of ["coco", "imagefolder", "jsonl", "open_clip", "sidecar"]) {
      await send(place, items, { format, paths: format === "open_clip" ? "absolute" : "relative", out: join(place.outside, format) });
      const files = await snapshot(join(place.outside, format));
      written[format] = Object.entries(files).find(([path]) => !path.endsWith(".jpg"))![1];
    }
    expect(JSON.parse(written["coco"]!)).toMatchObject({
      annotations: [
        { id: 1, image_id: 1, caption: "new", author: "some model" },
        { id: 2, image_id: 1, caption: "old", author: "import" },
      ],
    });
    const rowsOf = (text: string): unknown[] =>
      text
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as unknown);
    expect(rowsOf(written["imagefolder"]!)).toMatchObject([
      { text: "new", author: "some model" },
      { text: "old", author: "import" },
    ]);
    expect(rowsOf(written["jsonl"]!)).toMatchObject([
      { caption: "new", captionIndex: 0 },
      { caption: "old", author: "import", original: true },
    ]);
    expect(written["open_clip"]!.split("\n").map((line) => line.split("\t").slice(1))).toEqual([
      ['"title"', '"author"'],
      ['"new"', '"some model"'],
      ['"old"', '"import"'],
      [],
    ]);
    expect(written["sidecar"]).toBe("new\nold\n");
  });
});
