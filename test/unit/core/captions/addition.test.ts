import { describe, expect, it } from "vitest";
import { planEdits } from "../../../../src/core/captions/edit.ts";
import type { CaptionPlace } from "../../../../src/core/captions/place.ts";
import { applyReplacements, type Replacement } from "../../../../src/core/captions/replacement.ts";
import { finish } from "../../../../src/core/steps.ts";

/** The text with other captions beside one, or the reason of the first that is refused. */
function add(text: string, place: CaptionPlace, before: string, afters: readonly string[]): string {
  const changes = afters.map((after) => ({ place, before, after, adds: true }));
  const plans = finish(planEdits(text, changes, { asciiOnly: false, isPart: afters.length > 5 }));
  const refused = plans.find((plan) => plan.kind === "refusal");
  return refused?.kind === "refusal" ? refused.reason : applyReplacements(text, plans as Replacement[]);
}

const cell = (row: number): CaptionPlace => ({ kind: "cell", row, column: "title" });
const flickr = (line: number): CaptionPlace => ({ kind: "flickr", line });
const line = (at: number): CaptionPlace => ({ kind: "json", line: at, paths: [["text", 0], ["text"]], reading: "exact" });
const sidecar: CaptionPlace = { kind: "json", paths: [["caption"], ["caption", 0]], reading: "trimmed" };
const annotation = (row: number): CaptionPlace => ({ kind: "json", paths: [["annotations", row, "caption"]], reading: "exact" });

describe("another caption of a picture", () => {
  it("is a row like its own behind the last of a table, in the table's line ends and with the row's other cells as they are written", () => {
    const csv = 'filepath,title,n\r\n"a.jpg","a cat",07\r\nb.jpg,dog,1\r\n\r\n';
    expect(add(csv, cell(0), "a cat", ["one, two", 'say "x"'])).toBe(
      'filepath,title,n\r\n"a.jpg","a cat",07\r\nb.jpg,dog,1\r\n"a.jpg","one, two",07\r\n"a.jpg","say ""x""",07\r\n\r\n',
    );
    expect(add("title\tfilepath\ncat\t", cell(0), "cat", ["dog"])).toBe("title\tfilepath\ncat\t\ndog\t");
  });

  it("is refused where a row of the table can't be read", () => {
    expect(add('filepath,title\na.jpg,cat\nb.jpg,"dog\n', cell(0), "cat", ["x"])).toMatch(/repair that row first/);
  });

  it("has the next number of its picture in Flickr's files, whose trailing spaces belong to the captions", () => {
    const tokens = "a.jpg#0\tcat\nb#1.jpg#4\tdog \na.jpg#1\tfox  ";
    expect(add(tokens, flickr(0), "cat", ["x", "y"])).toBe(`${tokens}\na.jpg#2\tx\na.jpg#3\ty`);
    expect(add(tokens, flickr(1), "dog ", ["x"])).toBe(`${tokens}\nb#1.jpg#5\tx`);
    const results = "image_name| comment_number| comment\r\na.jpg| 0| cat | 9\r\n";
    expect(add(results, flickr(1), "cat | 9", ["x"])).toBe(`${results}a.jpg| 1| x\r\n`);
    expect(add("image_name| comment_number| comment\na.jpg| 4   A dog", flickr(1), "A dog", ["x"])).toMatch(/repair the line first/);
    expect(add("image,caption\na.jpg,cat, grey", flickr(1), "cat, grey", ["x, y"])).toBe("image,caption\na.jpg,cat, grey\na.jpg,x, y");
    expect(add("a.jpg#0\tcat", flickr(0), "cat", ["two\nlines"])).toMatch(/a line break would make two/);
  });

  it("stands behind the last of a list as the list is written, and a row's one text gets a row beside it", () => {
    const lines = '{"image":"a.jpg","text":["cat",  "fox"]}\n{"image": "b.jpg", "text": ["dog"]}\n{"image":"c.jpg","text":"owl"}\n';
    expect(add(lines, line(0), "cat", ["x", '"y"'])).toBe(lines.replace('"fox"', '"fox",  "x",  "\\"y\\""'));
    expect(add(lines, line(1), "dog", ["x"])).toBe(lines.replace('"dog"', '"dog", "x"'));
    expect(add(lines, line(2), "owl", ["x"])).toBe(`${lines}{"image":"c.jpg","text":"x"}\n`);
  });

  it("makes a list of the one text in a picture's own file, and no other file's", () => {
    expect(add('{"caption": " cat ", "n": 1}', sidecar, "cat", ["x", "y"])).toBe('{"caption": [" cat ", "x", "y"], "n": 1}');
    expect(add('{"caption":"cat"}\n', sidecar, "cat", ["x"])).toBe('{"caption":["cat","x"]}\n');
    expect(add('{"caption":["cat","x"]}\n', sidecar, "cat", ["y"])).toBe('{"caption":["cat","x","y"]}\n');
    expect(add('{"caption":"cat"}', sidecar, "cat", ["a", "b", "c", "d", "e", "f"])).toMatch(/add fewer than 20,000/);
    const sentence: CaptionPlace = { kind: "json", paths: [["images", 0, "sentences", 0, "raw"]], reading: "exact" };
    expect(add('{"images":[{"sentences":[{"raw":"cat"}]}]}', sentence, "cat", ["x"])).toMatch(/words and numbers of its own/);
  });

  it("is an annotation with the next id in COCO's file, whatever the annotations' order, and with none where none has one", () => {
    const coco = `{"images": [{"id": 7}],
 "annotations": [
  {"image_id": 7, "caption": "cat", "id": 12, "more": {"id": 99}},
  {"image_id": 7, "caption": "dog", "id": 3}
 ]}`;
    expect(add(coco, annotation(0), "cat", ["x", "y"])).toBe(
      coco.replace(
        '"id": 3}',
        '"id": 3},\n  {"image_id": 7, "caption": "x", "id": 13, "more": {"id": 99}},\n  {"image_id": 7, "caption": "y", "id": 14, "more": {"id": 99}}',
      ),
    );
    const compact = '{"annotations":[{"caption":"cat","image_id":7}]}';
    expect(add(compact, annotation(0), "cat", ["x"])).toBe('{"annotations":[{"caption":"cat","image_id":7},{"caption":"x","image_id":7}]}');
    const words = '{"annotations":[{"caption":"cat","id":"12"}]}';
    expect(add(words, annotation(0), "cat", ["x"])).toBe('{"annotations":[{"caption":"cat","id":"12"},{"caption":"x","id":"13"}]}');
    const mixed = '{"annotations":[{"caption":"cat","id":1},{"caption":"dog"}]}';
    expect(add(mixed, annotation(0), "cat", ["x"])).toMatch(/give each a number as its id first/);
  });

  it("is refused where nobody would read it: without words, beside nothing, and where a file is one caption or its first line", () => {
    const plain = (part: Extract<CaptionPlace, { kind: "plain" }>["part"]): CaptionPlace => ({ kind: "plain", part });
    expect(add("cat", plain({ kind: "line", line: 0, alone: true }), "cat", [" \n"])).toMatch(/without words/);
    expect(add("\n", plain({ kind: "line", line: 0, alone: true }), "", ["x"])).toMatch(/replace the empty one/);
    expect(add("cat", plain({ kind: "whole" }), "cat", ["x"])).toMatch(/read as one caption/);
    expect(add("cat\nsecond", plain({ kind: "line", line: 0, alone: true }), "cat", ["x"])).toMatch(/only the first line/);
    expect(add("cat", plain({ kind: "line", line: 0, alone: true, isFirst: true }), "cat", ["x"])).toMatch(/only the first line/);
    expect(add("cat\r\ndog", plain({ kind: "line", line: 0, alone: false }), "cat", ["x"])).toBe("cat\r\ndog\r\nx");
  });
});
