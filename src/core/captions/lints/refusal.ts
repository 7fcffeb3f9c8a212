import type { Lint } from "./lint.ts";

/** How captioning models say that they will not, or cannot, describe a picture. */
const refusals = [
  /\bI(?:['’]m| am) (?:sorry|unable|not able|afraid)\b/i,
  /\bI (?:can(?:['’]t|not)|could not|couldn['’]t|won['’]t|will not|do not|don['’]t) (?:help|assist|describe|see|view|identify|provide|process|fulfil|comply|comment|analy[sz]e|generate|have (?:access|the ability|enough))/i,
  /\bas an? (?:AI|artificial intelligence|large language|language|vision)\b/i,
  /\b(?:no|without an?) image (?:was|is|has been|attached|provided|to describe)\b/i,
  /\bplease (?:provide|upload|share|attach) (?:an?|the|another|more)\b.*\b(?:image|picture|photo|context|details?)\b/i,
  /\b(?:content|safety|usage) (?:policy|policies|guidelines)\b/i,
];

/** A captioning model that declined in the place of a caption. */
export const refusal: Lint = {
  id: "refusal",
  title: "Refusal",
  about: "A model's refusal in the place of a caption",
  check: (text) => {
    const found = refusals.map((pattern) => pattern.exec(text)).find((match) => match !== null);
    if (found === undefined) return [];
    const message = `"${found[0]}" is a model's refusal and describes nothing: write a caption, or drop the pair`;
    return [{ from: found.index, to: found.index + found[0].length, severity: "error", message }];
  },
};
