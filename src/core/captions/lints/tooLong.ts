import type { Lint } from "./lint.ts";

/** More tokens than the reader takes: the tail is cut off. */
export const tooLong: Lint = {
  id: "tooLong",
  title: "Cut off",
  about: "The caption has more tokens than are read",
  check: (text, { tokens }) => {
    if (tokens?.cutAt === undefined) return [];
    const { reader, count, limit, cutAt } = tokens;
    const message = `${count} tokens where ${reader} reads ${limit}: this part is cut off`;
    const fixed = text.slice(0, cutAt).replace(/[\s,;:]+$/, "");
    const finding = { from: cutAt, to: text.trimEnd().length, severity: "warning", message } as const;
    return fixed === "" ? [finding] : [{ ...finding, fix: { title: `Cut to ${limit} tokens`, fixed } }];
  },
};
