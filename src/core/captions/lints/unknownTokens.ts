import type { Lint } from "./lint.ts";

/** Signs that the reader's vocabulary has no token for: it reads "unknown" in their place. */
export const unknownTokens: Lint = {
  id: "unknownTokens",
  title: "Unknown to the tokenizer",
  about: "Parts of the caption that the reader has no token for",
  check: (text, { tokens }) =>
    (tokens?.unknown ?? []).map(({ from, to }) => ({
      from,
      to,
      severity: "note",
      message: `${tokens?.reader ?? "The tokenizer"} has no token for "${text.slice(from, to)}"`,
    })),
};
