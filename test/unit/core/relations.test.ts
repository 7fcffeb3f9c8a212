import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { RelatedPair, Relation, StatedRelation } from "../../../src/core/relations.ts";
import {
  createRelationFinder,
  placeRelations,
  recordFromRelation,
  relationFromRecord,
  relationNames,
  restate,
  sortRelations,
} from "../../../src/core/relations.ts";

const pair = (sample: string, captionIndex?: number, captionHash?: string): RelatedPair => ({
  sample,
  ...(captionIndex === undefined ? {} : { captionIndex, captionHash: captionHash ?? `hash-${sample}-${captionIndex}` }),
});

function say(known: readonly StatedRelation[], relation: Relation | "clear", ...members: RelatedPair[]): readonly StatedRelation[] {
  return restate(known, members, relation).relations;
}

const told = (relations: readonly StatedRelation[]): string[] =>
  relations.map(({ left, right, relation }) => {
    const name = ({ sample, captionIndex }: RelatedPair) => `${sample}${captionIndex === undefined ? "" : `#${captionIndex}`}`;
    return `${name(left)} ${relation} ${name(right)}`;
  });

describe("a person's word on pairs", () => {
  it("is on every two of several, and on none of one picture", () => {
    const relations = say([], "falseNegative", pair("a", 0), pair("b", 0), pair("a", 1), pair("c"));
    expect(told(relations)).toEqual([
      "a#0 falseNegative b#0",
      "a#0 falseNegative c",
      "a#1 falseNegative c",
      "b#0 falseNegative a#1",
      "b#0 falseNegative c",
    ]);
  });

  it("of duplicates is on whole samples, and of each two the first stays", () => {
    expect(told(say([], "duplicate", pair("c", 1), pair("a", 0), pair("b")))).toEqual(["a duplicate b", "c duplicate a", "c duplicate b"]);
  });

  it("takes the place of what was said of the same two, in either order, and of no others", () => {
    const first = say([], "hardNegative", pair("a", 0), pair("b", 0));
    const second = say(first, "hardNegative", pair("a", 1), pair("b", 1));
    expect(told(say(second, "falseNegative", pair("b", 0), pair("a", 0)))).toEqual(["a#1 hardNegative b#1", "b#0 falseNegative a#0"]);
    expect(told(say(second, "duplicate", pair("b"), pair("a")))).toEqual(["b duplicate a"]);
    expect(told(say(say(second, "duplicate", pair("b"), pair("a")), "hardNegative", pair("a", 0), pair("b", 0)))).toEqual([
      "a#0 hardNegative b#0",
    ]);
  });

  it("said again changes nothing but which of two duplicates stays", () => {
    const known = say([], "duplicate", pair("a"), pair("b"), pair("c"));
    expect(restate(known, [pair("a"), pair("b")], "duplicate")).toEqual({ relations: known, stated: [], withdrawn: [] });
    const turned = restate(known, [pair("b"), pair("a")], "duplicate");
    expect([told(turned.stated), told(turned.withdrawn)]).toEqual([["b duplicate a"], ["a duplicate b"]]);
  });

  it("is taken back between those that are named", () => {
    const known = say(say([], "hardNegative", pair("a", 0), pair("b", 0), pair("c", 0)), "falseNegative", pair("a", 1), pair("b", 1));
    expect(told(restate(known, [pair("b", 0), pair("a", 0)], "clear").withdrawn)).toEqual(["a#0 hardNegative b#0"]);
    expect(told(say(known, "clear", pair("a"), pair("b")))).toEqual(["a#0 hardNegative c#0", "b#0 hardNegative c#0"]);
  });

  it("finds its captions again by their texts, and says nothing of those that are gone", () => {
    const relations = [
      ...say([], "falseNegative", pair("a", 0), pair("b", 1)),
      ...say([], "hardNegative", pair("a"), pair("b", 0)),
      ...say([], "duplicate", pair("b"), pair("c")),
      ...say([], "falseNegative", pair("a", 1, "gone"), pair("b", 0)),
      ...say([], "falseNegative", pair("a", 0), pair("nowhere", 0)),
    ];
    // Rows: a is 2, b is 0, c is 1; the captions of a were put in another order.
    const rows = ["b", "c", "a"];
    const hashes = [["hash-b-0", "hash-b-1"], [], ["hash-a-1", "hash-a-0"]];
    const placed = placeRelations(relations, {
      rowOf: (sample) => (rows.includes(sample) ? rows.indexOf(sample) : undefined),
      firstPairOf: (row) => [0, 2, 2][row]!,
      hashesOf: (row) => hashes[row]!,
    });
    expect(placed).toEqual({
      duplicates: [[0, 1]],
      apart: [[2, 0]],
      falseNegatives: [[3, 1]],
      hardNegatives: [
        [2, 0],
        [3, 0],
      ],
    });
  });

  it("is looked up in either order, by the caption's text, and for whole samples", () => {
    const find = createRelationFinder(say(say([], "falseNegative", pair("a", 0), pair("b", 1)), "duplicate", pair("c"), pair("d")));
    expect(find(pair("b", 7, "hash-b-1"), pair("a", 3, "hash-a-0"))).toBe("falseNegative");
    expect(find(pair("a", 1), pair("b", 1))).toBeUndefined();
    expect(find(pair("a"), pair("b"))).toBe("falseNegative");
    expect(find(pair("d", 0), pair("c", 4))).toBe("duplicate");
    expect(find(pair("c"), pair("a"))).toBeUndefined();
  });
});

describe("a row of relations.csv", () => {
  const anyPair = fc.record({
    sample: fc.string({ minLength: 1 }),
    captionIndex: fc.option(fc.nat(), { nil: undefined }),
    hash: fc.string(),
  });
  const relations = fc
    .record({ left: anyPair, right: anyPair, relation: fc.constantFrom(...relationNames) })
    .map(({ left, right, relation }): StatedRelation => {
      const side = ({ sample, captionIndex, hash }: typeof left): RelatedPair => ({
        sample,
        ...(captionIndex === undefined ? {} : { captionIndex, ...(hash === "" ? {} : { captionHash: hash }) }),
      });
      return { left: side(left), right: side(right), relation };
    });

  it("is read as it was written, and the order of a file depends on nothing else", () => {
    fc.assert(
      fc.property(fc.array(relations), (some) => {
        expect(some.map(recordFromRelation).map(relationFromRecord)).toEqual(some);
        expect(sortRelations([...some].reverse()).map(recordFromRelation)).toEqual(sortRelations(some).map(recordFromRelation));
      }),
    );
  });

  it.each([
    [{ relation: "friends" }, "Expected duplicate, falseNegative, hardNegative for relation but received friends"],
    [{ relation: "duplicate", left: "a" }, "Expected a sample for right but received none"],
    [
      { relation: "duplicate", left: "a", leftCaptionIndex: "x", right: "b" },
      "Expected a whole number for leftCaptionIndex but received x",
    ],
  ])("that is none is told in a sentence: %j", (record, message) => {
    expect(relationFromRecord(record)).toBe(message);
  });
});
