import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseWhere } from "../../../../src/core/where.ts";
import type { Fields } from "../../../../src/engine/store/filters.ts";
import { conditionFromWhere, FieldError } from "../../../../src/engine/store/filters.ts";
import type { Tables } from "../../../../src/engine/store/tables.ts";
import { openTables } from "../../../../src/engine/store/tables.ts";

const fields: Fields = {
  sampleRow: "integer",
  sample: "text",
  captionIndex: "integer",
  caption: "text",
  clipScore: "float",
  truncated: "boolean",
};
let tables: Tables;

beforeEach(async () => {
  tables = await openTables({});
  await tables.load("pairs", [
    { name: "sampleRow", type: "integer", values: [0, 0, 1, 2] },
    { name: "sample", type: "text", values: ["a.jpg", "a.jpg", "b.jpg", "c'd.jpg"] },
    { name: "captionIndex", type: "integer", values: [0, 1, 0, 0] },
    { name: "caption", type: "text", values: ["A Dog", "two 50% off", "7", ""] },
    { name: "clipScore", type: "float", values: [0.5, 0.25, null, -0.5] },
    { name: "truncated", type: "boolean", values: [true, false, false, null] },
  ]);
  await tables.load("members", [
    { name: "id", type: "text", values: ["nearDuplicate-1", "nearDuplicate-1", "confusable-1"] },
    { name: "kind", type: "text", values: ["nearDuplicate", "nearDuplicate", "confusable"] },
    { name: "sampleRow", type: "integer", values: [0, 1, 0] },
    { name: "captionIndex", type: "integer", values: [null, null, 1] },
  ]);
  await tables.load("problems", [
    { name: "sample", type: "text", values: ["c'd.jpg", null] },
    { name: "code", type: "text", values: ["brokenImage", "orphanCaption"] },
  ]);
});
afterEach(() => tables.close());

async function matching(text: string): Promise<string[]> {
  const { sql, parameters } = conditionFromWhere(parseWhere(text), fields);
  const rows = await tables.query(`SELECT sample, captionIndex FROM pairs WHERE ${sql} ORDER BY sampleRow, captionIndex`, parameters);
  return rows.map(({ sample, captionIndex }) => `${String(sample)}#${String(captionIndex)}`);
}

describe("conditionFromWhere", () => {
  it.each([
    ["clipScore < 0.3", ["a.jpg#1", "c'd.jpg#0"]],
    ["clipScore != 0.5", ["a.jpg#1", "c'd.jpg#0"]],
    ["clipScore is unknown", ["b.jpg#0"]],
    ["not clipScore is unknown and truncated = true", ["a.jpg#0"]],
    ["caption ~ dog or caption ~ '%'", ["a.jpg#0", "a.jpg#1"]],
    ["caption = 7", ["b.jpg#0"]],
    ["caption = ''", ["c'd.jpg#0"]],
    [`sample = "c'd.jpg"`, ["c'd.jpg#0"]],
    ["sample in (b.jpg, 'a.jpg') and captionIndex = 0", ["a.jpg#0", "b.jpg#0"]],
    ["group = nearDuplicate", ["a.jpg#0", "a.jpg#1", "b.jpg#0"]],
    ["group = confusable-1", ["a.jpg#1"]],
    ["group != nearDuplicate", ["c'd.jpg#0"]],
    ["problem = brokenImage", ["c'd.jpg#0"]],
    ["group in (confusable, none)", ["a.jpg#1"]],
  ])("finds what fits %s", async (text, expected) => {
    expect(await matching(text)).toEqual(expected);
  });

  it("takes no text for a query", async () => {
    expect(await matching(`caption = "' OR 1=1 --"`)).toEqual([]);
  });

  it.each([
    ["colour = red", "There is no field"],
    ["clipScore < high", "Expected a number for clipScore"],
    ["truncated = 1", "Expected true or false for truncated"],
  ])("refuses %s in a sentence", (text, sentence) => {
    expect(() => conditionFromWhere(parseWhere(text), fields)).toThrow(FieldError);
    expect(() => conditionFromWhere(parseWhere(text), fields)).toThrow(sentence);
  });
});
