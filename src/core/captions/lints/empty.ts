import type { Lint } from "./lint.ts";

/** No words at all: kohya stops on such a file, others train on nothing. */
export const empty: Lint = {
  id: "empty",
  title: "Empty caption",
  about: "The caption has no words",
  check: (text) =>
    text.trim() === ""
      ? [{ from: 0, to: text.length, severity: "error", message: "The caption is empty: write one, or drop the pair" }]
      : [],
};
