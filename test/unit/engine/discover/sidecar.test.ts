import { afterEach, describe, expect, it } from "vitest";
import { discover } from "../../../../src/engine/discover/discover.ts";
import type { TestDataset } from "./dataset.ts";
import { captionsOf, createDataset, problemsOf } from "./dataset.ts";

let dataset: TestDataset;
afterEach(() => dataset.remove());

describe("sidecar", () => {
  it("pairs pictures with the caption files beside them", async () => {
    dataset = await createDataset({ "a.jpg": "x", "a.txt": "a cat\n", "deep/b.PNG": "x", "deep/b.txt": "  a dog " });
    const found = await discover(dataset.env, dataset.root);
    expect(found.format).toBe("sidecar");
    expect(found.formatReason).toBe("Pictures with caption files beside them: .txt (2 of 2 pictures)");
    expect(captionsOf(found)).toEqual({ "a.jpg": ["a cat"], "deep/b.PNG": ["a dog"] });
    expect(found.problems).toEqual([]);
    expect(found.samples[0]).toMatchObject({ folder: "", sizeBytes: 1, locator: { kind: "file", path: `${dataset.root}/a.jpg` } });
    expect(found.samples[0]?.captions[0]).toMatchObject({
      id: "a.jpg#0",
      author: "import",
      origin: { file: `${dataset.root}/a.txt`, line: 0 },
    });
  });

  it("takes per folder the extension that covers most pictures, and the usual one where a folder has none", async () => {
    dataset = await createDataset({
      ...{ "one/a.jpg": "x", "one/a.caption": "a cat", "one/b.jpg": "x", "one/b.caption": "a dog", "one/a.txt": "not this" },
      ...{ "two/c.jpg": "x", "two/c.tags": "bird, sky" },
      ...{ "bare/d.jpg": "x" },
    });
    const found = await discover(dataset.env, dataset.root);
    expect(captionsOf(found)).toEqual({ "bare/d.jpg": [], "one/a.jpg": ["a cat"], "one/b.jpg": ["a dog"], "two/c.jpg": ["bird, sky"] });
    expect(found.problems[0]?.message).toBe("bare/d.jpg has no caption: d.caption is missing");
    const asked = await discover(dataset.env, dataset.root, { captionExtension: { one: "txt" } });
    expect(captionsOf(asked)["one/a.jpg"]).toEqual(["not this"]);
  });

  it("reads JSON with a caption key, and leaves JSON without one alone", async () => {
    dataset = await createDataset({
      ...{ "a.jpg": "x", "a.json": '{"width": 3, "prompt": " a cat "}', "b.jpg": "x", "b.json": '{"captions": ["one", "two"]}' },
      ...{ "sizes/c.jpg": "x", "sizes/c.json": '{"width": 3}' },
    });
    const found = await discover(dataset.env, dataset.root, { format: "sidecar" });
    expect(captionsOf(found)).toEqual({ "a.jpg": ["a cat"], "b.jpg": ["one", "two"], "sizes/c.jpg": [] });
    expect(found.samples[1]?.captions[1]?.origin.field).toBe("captions.1");
  });

  it("takes lines for alternatives and says so, unless told otherwise", async () => {
    dataset = await createDataset({ "a.jpg": "x", "a.txt": "a cat\r\n\r\na black cat\r\n" });
    const found = await discover(dataset.env, dataset.root);
    expect(captionsOf(found)).toEqual({ "a.jpg": ["a cat", "a black cat"] });
    expect(found.samples[0]?.captions[1]?.origin.line).toBe(2);
    expect(found.problems).toMatchObject([{ code: "extraLines", severity: "note", file: "a.txt" }]);
    const one = await discover(dataset.env, dataset.root, { captions: "one" });
    expect(captionsOf(one)).toEqual({ "a.jpg": ["a cat\n\na black cat"] });
    const first = await discover(dataset.env, dataset.root, { captions: "first" });
    expect(captionsOf(first)).toEqual({ "a.jpg": ["a cat"] });
    expect([...one.problems, ...first.problems]).toEqual([]);
  });

  it("reads splits from the names of the top folders", async () => {
    dataset = await createDataset({ "train/a.jpg": "x", "val/b.jpg": "x", "test/c.jpg": "x", "other/d.jpg": "x" });
    const { samples } = await discover(dataset.env, dataset.root, { format: "sidecar" });
    expect(samples.map(({ split }) => split)).toEqual([undefined, "test", "train", "validation"]);
  });

  it("reports captions that are missing, empty, without a picture or shared", async () => {
    dataset = await createDataset({
      ...{
        "orphanImage.jpg": "x",
        "orphanCaption.txt": "a cat",
        "README.txt": "about",
        "emptyCaption.jpg": "x",
        "emptyCaption.txt": " \n",
      },
      ...{ "sameStem.jpg": "x", "sameStem.png": "x", "sameStem.txt": "a cat" },
    });
    const found = await discover(dataset.env, dataset.root);
    expect(captionsOf(found)).toMatchObject({
      "orphanImage.jpg": [],
      "emptyCaption.jpg": [""],
      "sameStem.jpg": ["a cat"],
      "sameStem.png": ["a cat"],
    });
    expect(problemsOf(found)).toEqual([
      "emptyCaption emptyCaption.txt",
      "orphanCaption orphanCaption.txt",
      "missingCaption orphanImage.jpg",
      "ambiguousImage sameStem.jpg",
    ]);
    expect(found.problems.map(({ hint }) => hint)).not.toContain("");
  });

  it("reads captions in other encodings and says what they are", async () => {
    dataset = await createDataset({
      ...{ "latin1Caption.jpg": "x", "latin1Caption.txt": Buffer.from("un caf\u00e9", "latin1") },
      ...{ "utf8Bom.jpg": "x", "utf8Bom.txt": "\ufeffun caf\u00e9\r\n" },
      ...{ "utf16Caption.jpg": "x", "utf16Caption.txt": Buffer.from("\ufeffun caf\u00e9", "utf16le") },
    });
    const found = await discover(dataset.env, dataset.root);
    expect(captionsOf(found)).toEqual({ "latin1Caption.jpg": ["un café"], "utf16Caption.jpg": ["un café"], "utf8Bom.jpg": ["un café"] });
    expect(found.problems).toMatchObject([
      { code: "notUtf8", severity: "warning", file: "latin1Caption.txt", sample: "latin1Caption.jpg" },
      { code: "notUtf8", severity: "note", file: "utf16Caption.txt" },
    ]);
  });

  it("does not read a caption file of more than a mebibyte", async () => {
    dataset = await createDataset({ "hugeCaption.jpg": "x", "hugeCaption.txt": "a".repeat((1 << 20) + 1) });
    expect(problemsOf(await discover(dataset.env, dataset.root))).toEqual(["tooLarge hugeCaption.txt"]);
    expect(dataset.env.counters.filesRead).toBe(0);
  });
});
