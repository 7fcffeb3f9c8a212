import { expect, it } from "vitest";
import { countLines } from "../../../../webview/views/edits/counts.ts";

const none = {
  total: 0,
  frozen: 0,
  fixed: 0,
  fixedReasons: [],
  unchanged: 0,
  changed: 0,
  files: 0,
  empty: 0,
  likeSibling: 0,
  overTokens: null,
};

it("tells what changes even where it is nothing, and nothing else that is nothing", () => {
  expect(countLines(none, "caption")).toEqual([{ count: 0, words: "captions would change, in 0 files", isWarning: false }]);
});

it("tells what is left and what to look at twice, with the reasons and the tokens", () => {
  const counts = { ...none, changed: 1, files: 1, unchanged: 7, fixed: 2, fixedReasons: ["in an archive", "in a link"], empty: 3 };
  const lines = countLines({ ...counts, overTokens: { limit: 77, before: 5, after: 6 } }, "caption");
  expect(lines.map(({ count, words, isWarning }) => `${isWarning ? "!" : ""}${count} ${words}`)).toEqual([
    "1 caption would change, in 1 file",
    "7 stay as they are",
    "!2 can’t be changed in place: in an archive; in a link",
    "!3 would have no text",
    "!6 of the changed would be cut off by the encoder at 77 tokens (5 are now)",
  ]);
});
