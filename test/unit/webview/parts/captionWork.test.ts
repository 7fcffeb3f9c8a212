import { describe, expect, it } from "vitest";
import { parseGiven, withOption } from "../../../../webview/parts/givenOptions.ts";
import { rowAfterKey } from "../../../../webview/parts/listMoves.ts";
import { pageWithin } from "../../../../webview/parts/pager.ts";

describe("options that were given", () => {
  it("are changed one by one, each operation's apart, and left out again", () => {
    const given = withOption({ swap: { left: "a" } }, "replace", ["find", "cat"]);
    expect(given).toEqual({ swap: { left: "a" }, replace: { find: "cat" } });
    expect(withOption(given, "replace", ["find", undefined])).toEqual({ swap: { left: "a" }, replace: {} });
  });

  it("are read from anything, without what is none", () => {
    expect(parseGiven({ replace: { find: "cat", regex: true, with: null, words: Number.NaN }, swap: 5 })).toEqual({
      replace: { find: "cat", regex: true },
      swap: {},
    });
    expect(parseGiven("nothing")).toEqual({});
  });
});

describe("a list by the keyboard", () => {
  const key = (name: string, ctrlKey = false): KeyboardEvent => ({ key: name, ctrlKey, metaKey: false, altKey: false }) as KeyboardEvent;

  it.each([
    ["ArrowDown", 3, 4],
    ["ArrowUp", 0, 0],
    ["PageDown", 3, 13],
    ["PageDown", 15, 19],
    ["Home", 9, 0],
    ["End", 9, 19],
    ["x", 9, undefined],
  ])("goes with %s from %i to %s of 20", (name, from, to) => expect(rowAfterKey(key(name), from, 20)).toBe(to));

  it("stays where there is nothing, and leaves Ctrl to others", () => {
    expect(rowAfterKey(key("ArrowDown"), 0, 0)).toBeUndefined();
    expect(rowAfterKey(key("Home", true), 3, 20)).toBeUndefined();
  });
});

describe("pages", () => {
  it.each([
    [200, 250, 200],
    [200, 200, 100],
    [200, 30, 0],
    [100, 0, 0],
  ])("from %i of what are %i rows now begins at %i", (from, count, begins) => expect(pageWithin(from, 100, count)).toBe(begins));
});
