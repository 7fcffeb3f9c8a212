import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { signals } from "../../../../src/core/signals/signals.ts";
import { parseWhere } from "../../../../src/core/where.ts";
import type { Field } from "../../../../src/protocol/overview.ts";
import { checkWhere } from "../../../../webview/parts/filterBar/checkWhere.ts";
import { completeWhere } from "../../../../webview/parts/filterBar/completeWhere.ts";
import { type Choice, type Vocabulary } from "../../../../webview/parts/filterBar/vocabulary.ts";

const signal = (id: string) => signals.find((other) => other.id === id)!;
const fields: readonly Field[] = [
  { name: "clipScore", type: "float", signal: signal("clipScore"), values: null },
  { name: "captionRank", type: "float", signal: signal("captionRank"), values: null },
  { name: "truncated", type: "boolean", signal: signal("truncated"), values: null },
  { name: "caption", type: "text", signal: null, values: null },
  { name: "split", type: "text", signal: null, values: ["train", "a test"] },
];
const choice = (value: string): Choice => ({ value, label: value });
const vocabulary: Vocabulary = {
  fields,
  choices: new Map([
    ["split", ["train", "a test"].map(choice)],
    ["truncated", ["true", "false"].map(choice)],
    ["group", ["duplicate", "confusable"].map(choice)],
    ["problem", ["brokenImage"].map(choice)],
  ]),
  buckets: [{ title: "Low score", about: "The lowest 5 %", where: "clipScore < 0.1" }],
};

/** The completions where `|` stands. */
function labels(text: string): string[] {
  const caret = text.indexOf("|");
  return completeWhere(text.replace("|", ""), caret, vocabulary).map(({ label }) => label);
}

function accepted(text: string, label: string): string {
  const caret = text.indexOf("|");
  const plain = text.replace("|", "");
  const { from, to, insert } = completeWhere(plain, caret, vocabulary).find((completion) => completion.label === label)!;
  return plain.slice(0, from) + insert + plain.slice(to);
}

describe("completing a filter", () => {
  it("offers fields, buckets and not at the beginning, after and, and in brackets", () => {
    for (const text of ["|", "clipScore < 1 and |", "(|", "not |"]) {
      expect(labels(text)).toEqual(expect.arrayContaining(["clipScore", "caption", "group", "problem", "Low score", "not"]));
    }
  });

  it("offers what begins with the letters first, then what has them in name or description", () => {
    expect(labels("cap|").slice(0, 3)).toEqual(["captionRank", "caption", "clipScore"]);
    expect(labels("clipScore < 1 and CAPTIONr|")).toEqual(["captionRank"]);
  });

  it("offers the operators that the field has", () => {
    expect(labels("clipScore |")).toEqual(["<", "<=", ">", ">=", "=", "!=", "is"]);
    expect(labels("caption |")).toEqual(["=", "!=", "~", "^=", "in", "is"]);
    expect(labels("truncated |")).toEqual(["=", "!=", "is"]);
    expect(labels("group |")).toEqual(["=", "!=", "in"]);
    expect(labels("clipScore is |")).toEqual(["unknown", "not unknown"]);
  });

  it("offers the values that are known", () => {
    expect(labels("split = |")).toEqual(["train", "a test"]);
    expect(labels('split = "a|')).toEqual(["a test", "train"]);
    expect(labels("split in (train, |")).toEqual(["train", "a test"]);
    expect(labels("truncated = |")).toEqual(["true", "false"]);
    expect(labels("clipScore < |")).toEqual([]);
  });

  it("offers and, or, and the bracket that is open", () => {
    expect(labels("clipScore < 1 |")).toEqual(["and", "or"]);
    expect(labels("(clipScore < 1 |")).toEqual(["and", "or", ")"]);
    expect(labels("split in (train |")).toEqual([",", ")"]);
  });

  it("puts a completion in the place of the word at the caret, wherever that is", () => {
    expect(accepted("cli| < 1", "clipScore")).toBe("clipScore  < 1");
    expect(accepted("clip|Sco < 1", "clipScore")).toBe("clipScore  < 1");
    expect(accepted('split = "a t|', "a test")).toBe('split = "a test" ');
    expect(accepted("clipScore < 1 and low|", "Low score")).toBe("clipScore < 1 and clipScore < 0.1 ");
  });

  it("offers to look for plain words in the captions", () => {
    expect(labels("red dog|").at(-1)).toBe("Captions with “red dog”");
    expect(accepted("red dog|", "Captions with “red dog”")).toBe('caption ~ "red dog"');
    expect(labels("clipScore < 1|")).toEqual([]);
  });

  it("offers nothing where nothing can be said, and never fails", () => {
    expect(labels("clipScore clipScore |")).toEqual([]);
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 30 }), fc.nat(30), (text, caret) => {
        for (const { from, to } of completeWhere(text, Math.min(caret, text.length), vocabulary)) {
          expect(from).toBeGreaterThanOrEqual(0);
          expect(to).toBeGreaterThanOrEqual(from);
          expect(to).toBeLessThanOrEqual(text.length);
        }
      }),
    );
  });

  it("leads to a filter by completions alone", () => {
    const choose = fc.array(fc.nat(), { minLength: 3, maxLength: 12 });
    fc.assert(
      fc.property(choose, (picks) => {
        let text = "";
        for (const pick of picks) {
          const offered = completeWhere(text, text.length, vocabulary).filter(({ kind }) => kind !== "words");
          const chosen = offered[pick % Math.max(1, offered.length)];
          text = chosen === undefined ? `${text}1 ` : text.slice(0, chosen.from) + chosen.insert;
        }
        const checked = checkWhere(text, fields);
        // What is not finished is missing something at its end, and only there.
        if (checked.kind === "problem" && checked.at !== null) expect(checked.at).toBeGreaterThanOrEqual(text.trimEnd().length);
        if (checked.kind === "filter") expect(parseWhere(text)).toEqual(checked.where);
      }),
    );
  });
});

describe("checking a filter", () => {
  it("reads nothing, a filter, or says what is wrong and where", () => {
    expect(checkWhere("  ", fields)).toEqual({ kind: "empty" });
    expect(checkWhere("clipScore < 0.2", fields)).toEqual({ kind: "filter", where: parseWhere("clipScore < 0.2") });
    expect(checkWhere("clipScore <", fields)).toMatchObject({ kind: "problem", at: 11 });
  });

  it("knows the dataset's fields and says which was meant", () => {
    expect(checkWhere("caption ~ a and clipscore < 1", fields)).toEqual({
      kind: "problem",
      message: 'There is no field "clipscore"; did you mean clipScore?',
      at: 16,
    });
    expect(checkWhere("wholly = 1", fields)).toMatchObject({ message: 'There is no field "wholly"' });
    expect(checkWhere("group = duplicate and similarity > 0.2 and set = s1 and problem = brokenImage", fields).kind).toBe("filter");
  });

  it("knows their types", () => {
    expect(checkWhere("clipScore < low", fields)).toEqual({
      kind: "problem",
      message: 'Expected a number for clipScore but received "low"',
      at: 12,
    });
    expect(checkWhere("truncated = 1", fields)).toMatchObject({ message: 'Expected true or false for truncated but received "1"' });
    expect(checkWhere("split = 1 and clipScore ~ 2", fields).kind).toBe("filter");
  });
});
