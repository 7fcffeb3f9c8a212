import { describe, expect, it } from "vitest";
import { learnHabits } from "../../../../../src/core/captions/habits.ts";
import { unfinished } from "../../../../../src/core/captions/lints/unfinished.ts";
import { finish } from "../../../../../src/core/steps.ts";

const habits = finish(
  learnHabits(Array.from({ length: 20 }, (_, at) => `a man is riding a bicycle past house ${at} with young children .`)),
);

describe("an unfinished caption", () => {
  it.each([
    ["a man is riding a bic", "looks like the beginning of a word"],
    ["a man with a dog and", "can't be the end of a caption"],
    ["a dog is riding", "can't be the end of a caption"],
  ])("is seen in %j", (text, why) => {
    const [found] = unfinished.check(text, { habits });
    expect(found?.message).toContain(why);
    expect(text.slice(found?.from, found?.to)).toBe(text.split(" ").at(-1));
  });

  it.each(["a man is riding a bic.", "a man with young children", "a dog", "riding", ""])("is not seen in %j", (text) => {
    expect(unfinished.check(text, { habits })).toEqual([]);
  });

  it("is seen without habits by words that end no caption alone", () => {
    expect(unfinished.check("a dog and a", {})).toHaveLength(1);
    expect(unfinished.check("a man is riding a bic", {})).toEqual([]);
  });
});
