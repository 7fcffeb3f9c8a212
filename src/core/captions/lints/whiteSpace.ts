import type { Lint } from "./lint.ts";

const unusual = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F\u00A0\u00AD\u200B-\u200F\u2028\u2029\u202A-\u202E\u2060\uFEFF]/;

/** Signs that nobody sees and tokenizers do: control signs, zero-width and no-break spaces, marks of direction. */
export const whiteSpace: Lint = {
  id: "whiteSpace",
  title: "Invisible signs",
  about: "Control signs, zero-width and no-break spaces, which cost tokens",
  check: (text) => {
    const at = text.search(unusual);
    if (at < 0) return [];
    const code = text.charCodeAt(at).toString(16).toUpperCase().padStart(4, "0");
    const fixed = text
      .replaceAll(/[\u00A0\u2028\u2029]/g, " ")
      .replaceAll(new RegExp(unusual, "g"), "")
      .replaceAll(/ {2,}/g, " ");
    return [
      {
        from: at,
        to: at + 1,
        severity: "note",
        message: `There is an invisible sign (U+${code}) here`,
        fix: { title: "Remove invisible signs", fixed },
      },
    ];
  },
};
