import { textOption } from "../../prune/options.ts";
import type { CaptionOperation } from "./operation.ts";

/** The same words before or behind captions, once. */
export const affix: CaptionOperation = {
  id: "affix",
  title: "Add before or behind",
  about: "adds the same text before or behind each caption that doesn't have it there",
  unit: "caption",
  options: {
    prefix: { kind: "text", about: 'put before the caption as it stands, such as "photo of "', otherwise: "" },
    suffix: { kind: "text", about: 'put behind the caption as it stands, such as ", film grain"', otherwise: "" },
  },
  prepare: (options) => {
    const [prefix, suffix] = [textOption(options, "prefix") ?? "", textOption(options, "suffix") ?? ""];
    if (prefix === "" && suffix === "") return "Expected a prefix or a suffix but received neither";
    return {
      edit: (text) => {
        // A caption is read without the white space around it, so that of an affix may be gone where it is alone.
        const begun = text.startsWith(prefix) || text === prefix.trim() ? text : prefix + text;
        return begun.endsWith(suffix) || begun === suffix.trim() ? begun : begun + suffix;
      },
    };
  },
};
