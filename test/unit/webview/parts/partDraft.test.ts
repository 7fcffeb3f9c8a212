import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseWhere, type Where } from "../../../../src/core/where.ts";
import { draftOf, emptyDraft, type PartDraft, partOfDraft } from "../../../../webview/parts/filterBar/partDraft.ts";

const types = { clipScore: "float", split: "text", caption: "text", truncated: "boolean" } as const;

function empty(field: string): PartDraft {
  return emptyDraft(field, { hasChoices: field === "split" || field === "truncated", numeric: field === "clipScore" });
}

function partOf(draft: PartDraft): ReturnType<typeof partOfDraft> {
  return partOfDraft(draft, { type: types[draft.field as keyof typeof types] });
}

describe("the form of a part", () => {
  it.each([
    "clipScore >= 0.1 and clipScore < 0.3",
    "clipScore > 0.1",
    "clipScore <= -2",
    "not (clipScore < 0.3)",
    "clipScore is unknown",
    "clipScore is not unknown",
    "split = train",
    "split in (train, other)",
    "not (split = train)",
    "truncated = true",
    'caption ~ "a dog"',
    "caption ^= a",
    "caption = a",
  ])("gives back the part that it was opened with: %s", (text) => {
    const part = parseWhere(text);
    expect(partOf(draftOf(part, empty)!)).toEqual(part);
  });

  it("says the same in its own way where it has no other", () => {
    expect(partOf(draftOf(parseWhere("split != train"), empty)!)).toEqual(parseWhere("not split = train"));
    expect(partOf(draftOf(parseWhere("clipScore = 0.2"), empty)!)).toEqual(parseWhere("clipScore >= 0.2 and clipScore <= 0.2"));
  });

  it.each(["split = train or split = test", "not (not (split = train))", "clipScore != 0.2 and split = train", "clipScore ~ a"])(
    "leaves to the text what it can't say: %s",
    (text) => {
      expect(draftOf(parseWhere(text), empty)).toBeUndefined();
    },
  );

  it("is nothing while it is empty", () => {
    for (const field of Object.keys(types)) expect(partOf(empty(field))).toBeNull();
    expect(partOf({ ...empty("split"), negated: true })).toBeNull();
  });

  it("reads numbers as people type them", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const part = partOf({ ...empty("clipScore"), least: ` ${String(value).replace(".", ",")} ` }) as Extract<
          Where,
          { kind: "compare" }
        >;
        expect(part.value === value).toBe(true);
      }),
    );
  });

  it("says what is wrong with a number or with two", () => {
    expect(partOf({ ...empty("clipScore"), least: "abc" })).toEqual({ problem: 'Expected a number but received "abc"' });
    expect(partOf({ ...empty("clipScore"), greatest: "1.2.3" })).toEqual({ problem: 'Expected a number but received "1.2.3"' });
    expect(partOf({ ...empty("clipScore"), least: "2", greatest: "1" })).toEqual({
      problem: "Expected the least value before the greatest, but 2 is above 1",
    });
  });
});
