import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fieldsOfWhere, parseWhere } from "../../../../src/core/where.ts";
import { createCurated, pairsRelation } from "../../../../src/engine/store/curated.ts";
import type { Fields } from "../../../../src/engine/store/filters.ts";
import { conditionFromWhere, FieldError } from "../../../../src/engine/store/filters.ts";
import type { Tables } from "../../../../src/engine/store/tables.ts";
import { openTables } from "../../../../src/engine/store/tables.ts";

let tables: Tables;
let fields: Fields;

beforeEach(async () => {
  tables = await openTables({});
  await tables.load("pairs", [
    { name: "pair", type: "integer", values: [0, 1, 2, 3] },
    { name: "sampleRow", type: "integer", values: [0, 0, 1, 2] },
    { name: "sample", type: "text", values: ["a.jpg", "a.jpg", "b.jpg", "c'd.jpg"] },
    { name: "captionIndex", type: "integer", values: [0, 1, 0, 0] },
    { name: "captionId", type: "text", values: ["a#0", "a#1", "b#0", "c#0"] },
    { name: "captionHash", type: "text", values: ["h0", "h1", "h2", "h3"] },
    { name: "captionOrigin", type: "text", values: ["{}", "{}", "{}", "{}"] },
    { name: "caption", type: "text", values: ["A Dog", "two 50% off", "7", ""] },
    { name: "folder", type: "text", values: ["x", "x", "x/y", "xy"] },
    { name: "split", type: "text", values: [null, null, "train", null] },
    { name: "clipScore", type: "float", values: [0.5, 0.25, null, -0.5] },
    { name: "truncated", type: "boolean", values: [true, false, false, null] },
  ]);
  await tables.load("samples", [
    { name: "sampleRow", type: "integer", values: [0, 1, 2, 3] },
    { name: "sample", type: "text", values: ["a.jpg", "b.jpg", "c'd.jpg", "bare.jpg"] },
    { name: "folder", type: "text", values: ["x", "x/y", "xy", "x"] },
    { name: "split", type: "text", values: [null, "train", null, null] },
    { name: "captionCount", type: "integer", values: [2, 1, 1, 0] },
    { name: "contentHash", type: "text", values: ["00", "01", null, "02"] },
  ]);
  await tables.load("members", [
    { name: "id", type: "text", values: ["nearDuplicate-1", "nearDuplicate-1", "confusable-1", "pixelDuplicate-1"] },
    { name: "kind", type: "text", values: ["nearDuplicate", "nearDuplicate", "confusable", "pixelDuplicate"] },
    { name: "sampleRow", type: "integer", values: [0, 1, 0, 3] },
    { name: "captionIndex", type: "integer", values: [null, null, 1, null] },
  ]);
  await tables.load("problems", [
    { name: "sample", type: "text", values: ["c'd.jpg", null, "bare.jpg"] },
    { name: "code", type: "text", values: ["brokenImage", "orphanCaption", "missingCaption"] },
    { name: "severity", type: "text", values: ["error", "note", "warning"] },
  ]);
  ({ fields } = await createCurated(tables, { warm: true }));
  await tables.run("INSERT INTO verdicts VALUES (1, 0, 'a.jpg', 1, 'drop', 'rule', 'low'), (4, 3, 'bare.jpg', NULL, 'drop', 'person', '')");
  await tables.run("INSERT INTO decidedSplits VALUES (2, 'test')");
  await tables.run("INSERT INTO edits VALUES (2, 'person')");
  await tables.load("set-1", [{ name: "item", type: "integer", values: [3, 4] }]);
});
afterEach(() => tables.close());

async function matching(text: string): Promise<string[]> {
  const where = parseWhere(text);
  const { sql, parameters } = conditionFromWhere(where, fields);
  const from = pairsRelation({ fields: fieldsOfWhere(where) });
  const rows = await tables.query(`SELECT sample, captionIndex FROM ${from} WHERE ${sql} ORDER BY item`, parameters);
  return rows.map(({ sample, captionIndex }) => `${String(sample)}#${captionIndex === null ? "" : String(captionIndex)}`);
}

describe("conditionFromWhere", () => {
  it.each([
    ["clipScore < 0.3", ["a.jpg#1", "c'd.jpg#0"]],
    ["clipScore != 0.5", ["a.jpg#1", "c'd.jpg#0"]],
    ["clipScore is unknown", ["b.jpg#0", "bare.jpg#"]],
    ["not clipScore is unknown and truncated = true", ["a.jpg#0"]],
    ["caption ~ dog or caption ~ '%'", ["a.jpg#0", "a.jpg#1"]],
    ["caption = 7", ["b.jpg#0"]],
    ["caption = ''", ["c'd.jpg#0"]],
    [`sample = "c'd.jpg"`, ["c'd.jpg#0"]],
    ["sample in (b.jpg, 'a.jpg') and captionIndex = 0", ["a.jpg#0", "b.jpg#0"]],
    ["group = nearDuplicate", ["a.jpg#0", "a.jpg#1", "b.jpg#0"]],
    ["group = confusable-1", ["a.jpg#1"]],
    ["group != nearDuplicate", ["c'd.jpg#0", "bare.jpg#"]],
    ["group = duplicate", ["bare.jpg#"]],
    ["group is unknown", ["c'd.jpg#0"]],
    ["group is not unknown and captionIndex = 1", ["a.jpg#1"]],
    ["problem = brokenImage", ["c'd.jpg#0"]],
    ["problem is not unknown", ["c'd.jpg#0", "bare.jpg#"]],
    ["problem = orphanCaption", []],
    ["folder = x or folder ^= 'x/'", ["a.jpg#0", "a.jpg#1", "b.jpg#0", "bare.jpg#"]],
    ["split in (train, test)", ["b.jpg#0", "c'd.jpg#0"]],
    ["verdict = drop", ["a.jpg#1", "bare.jpg#"]],
    ["verdict = drop and actor = rule and reason ~ LOW", ["a.jpg#1"]],
    ["not verdict = keep or edited = true", ["a.jpg#1", "b.jpg#0", "bare.jpg#"]],
    ["set = set-1", ["c'd.jpg#0", "bare.jpg#"]],
    ["set != 'set-1' and truncated = false", ["a.jpg#1", "b.jpg#0"]],
    ["captionHash = h3 or contentHash = '01'", ["b.jpg#0", "c'd.jpg#0"]],
    ["captionCount = 0", ["bare.jpg#"]],
    ["group in (confusable, none)", ["a.jpg#1"]],
  ])("finds what fits %s", async (text, expected) => {
    expect(await matching(text)).toEqual(expected);
  });

  it("takes no text for a query", async () => {
    expect(await matching(`caption = "' OR 1=1 --"`)).toEqual([]);
  });

  it.each([
    ["colour = red", "There is no field"],
    ["constructor = red", "There is no field"],
    ["group < 3", "Expected = or != after group"],
    ["clipScore < high", "Expected a number for clipScore"],
    ["truncated = 1", "Expected true or false for truncated"],
  ])("refuses %s in a sentence", (text, sentence) => {
    expect(() => conditionFromWhere(parseWhere(text), fields)).toThrow(FieldError);
    expect(() => conditionFromWhere(parseWhere(text), fields)).toThrow(sentence);
  });
});
