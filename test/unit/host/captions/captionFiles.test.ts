import { describe, expect, it } from "vitest";
import { createCaptionFiles } from "../../../../src/host/captions/captionFiles.ts";
import { analysedEntry, newEntry } from "../entries.ts";
import { captionOf, fileOf } from "./madeFile.ts";

function open(answer: (method: string) => unknown, entries = [analysedEntry({ root: "/data" }), newEntry({ root: "/data/inner" })]) {
  const asked: (readonly [method: string, params: unknown])[] = [];
  const lines: string[] = [];
  const store = {
    call: (method: string, params: unknown) => {
      asked.push([method, params]);
      return Promise.resolve().then(() => answer(method));
    },
  };
  const files = createCaptionFiles({
    engine: { store } as unknown as Parameters<typeof createCaptionFiles>[0]["engine"],
    datasets: { all: entries },
    log: (line) => lines.push(line),
  });
  return { files, asked, lines };
}

describe("what is known of caption files", () => {
  it("is asked once an analysis, and only of files in an analysed dataset's own folders", async () => {
    const file = fileOf([captionOf("a dog")]);
    const { files, asked } = open(() => file);
    expect(await files.find("/data/a.txt")).toEqual({ root: "/data", file });
    await files.find("/data/a.txt");
    expect(asked).toEqual([["readCaptionFile", { root: "/data", path: "/data/a.txt" }]]);
    expect(await files.find("/data/inner/a.txt")).toBeUndefined();
    expect(await files.find("/other/a.txt")).toBeUndefined();
    expect(asked.length).toBe(1);
  });

  it("is asked again where the engine failed", async () => {
    let failures = 1;
    const { files, lines } = open(() => {
      if (failures-- > 0) throw new Error("gone");
      return fileOf([]);
    });
    expect(await files.find("/data/a.txt")).toBeUndefined();
    expect(lines).toEqual(["/data/a.txt can't be looked up: Error: gone"]);
    expect(await files.find("/data/a.txt")).toBeDefined();
  });

  it("asks about the captions of a text as the dataset reads them, other pictures' alone", async () => {
    const { files, asked } = open(() => []);
    await files.check({ root: "/data", file: fileOf([captionOf("one"), captionOf("two", { captionIndex: 1 })]) }, "one\n\ntwo\n", 77);
    expect(asked).toEqual([["checkTexts", { root: "/data", samples: ["photos/IMG_0001.jpg"], texts: ["one", "two"], limit: 77 }]]);
    expect(await files.check({ root: "/data", file: fileOf([]) }, "an orphan", null)).toEqual([]);
    expect(asked.length).toBe(1);
  });
});
