import type { Lint } from "./lint.ts";

/** Trainers such as kohya read the first line alone; what follows is lost without a word. */
export const firstLine: Lint = {
  id: "firstLine",
  title: "Only the first line is read",
  about: "Text after the first line that the trainer never reads",
  check: (text, { firstLineOnly }) => {
    const end = text.search(/\r?\n|\r/);
    if (firstLineOnly !== true || end < 0 || text.slice(end).trim() === "") return [];
    const joined = text.split(/\s*(?:\r?\n|\r)\s*/).filter((line) => line !== "");
    return [
      {
        from: end,
        to: text.trimEnd().length,
        severity: "warning",
        message: "Only the first line is read",
        fix: { title: "Join the lines", fixed: joined.join(" ") },
      },
    ];
  },
};
