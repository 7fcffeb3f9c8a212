import { describe, expect, it } from "vitest";
import { completeTags } from "../../../../src/host/captions/tagCompletion.ts";

const tags = ["1girl", "red_hair", "smile", "red eyes"].map((tag, rank) => ({ tag, count: 10 - rank }));

/** The choices at the bar. */
function choices(line: string): unknown {
  const column = line.indexOf("|");
  const found = completeTags(line.replace("|", ""), column, tags);
  return found && [found.from, found.tags.map(({ tag }) => tag)];
}

describe("completeTags", () => {
  it("offers what fits the typed part, the most frequent first, but for tags that are there", () => {
    expect(choices("1girl, |")).toEqual([7, ["red_hair", "smile", "red eyes"]]);
    expect(choices("1girl, red|")).toEqual([7, ["red_hair", "red eyes"]]);
    expect(choices("1girl, Red h|")).toEqual([7, ["red_hair"]]);
    expect(choices("r|, Red Hair, smile")).toEqual([0, ["1girl", "red eyes"]]);
    expect(choices("1girl, zebra|")).toBeUndefined();
  });

  it("offers nothing amid a sentence", () => {
    expect(choices("a dog on the b|")).toBeUndefined();
  });
});
