import { textOption } from "../../prune/options.ts";
import type { CaptionOperation } from "./operation.ts";

/** One way to write what looks the same (UAX #15), plain quotation marks, plain spaces: what differs without being seen costs tokens. */
export const normalise: CaptionOperation = {
  id: "normalise",
  title: "Normalise signs",
  about: "writes letters, quotation marks and spaces in one way",
  unit: "caption",
  options: {
    form: {
      kind: "choice",
      about: "Unicode's composed form (NFC), the one that also makes ligatures and full-width letters plain (NFKC), or letters as they are",
      choices: ["NFC", "NFKC", "none"],
      otherwise: "NFC",
    },
    quotes: { kind: "flag", about: "make curly quotation marks and apostrophes straight", otherwise: false },
    spaces: {
      kind: "flag",
      about: "make white space of every kind one plain space, and take it away at the ends of lines",
      otherwise: false,
    },
    invisible: { kind: "flag", about: "take away control signs, zero-width spaces and soft hyphens", otherwise: false },
  },
  prepare: (options) => {
    const steps: ((text: string) => string)[] = [];
    const form = textOption(options, "form");
    if (form === "NFC" || form === "NFKC") steps.push((text) => text.normalize(form));
    if (options["quotes"] === true)
      steps.push((text) => text.replaceAll(/[\u2018-\u201B\u2032]/g, "'").replaceAll(/[\u201C-\u201F\u2033]/g, '"'));
    if (options["invisible"] === true) steps.push((text) => text.replaceAll(invisible, ""));
    if (options["spaces"] === true) steps.push((text) => text.replaceAll(/[^\S\n]+/g, " ").replaceAll(/^ | $/gm, ""));
    if (steps.length === 0) return "Expected a form, quotes, spaces or invisible but received none of them";
    return { edit: (text) => steps.reduce((changed, step) => step(changed), text) };
  },
};

/** Joiners (U+200C, U+200D) stay: emoji and several scripts are written with them. */
const invisible = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F\u00AD\u200B\u200E\u200F\u202A-\u202E\u2060\uFEFF]/g;
