import type { Lint } from "./lint.ts";

/** Left and right of what? "His left hand" lies at the right of the picture, and a mirrored copy turns both around. */
const bodyParts = "(?:hand|arm|leg|foot|knee|elbow|shoulder|eye|ear|side|wrist|hip|thigh|palm|fist|cheek)";
const ambiguous = new RegExp(
  `\\b(?:his|her|its|their|the|my|your)\\s+(?:left|right)(?:-hand)?\\s+${bodyParts}\\b|\\bto (?:his|her|its|their|the \\w+['’]s) (?:left|right)\\b`,
  "gi",
);

/** Left and right by a person's own body, which is not the picture's. */
export const leftRight: Lint = {
  id: "leftRight",
  title: "Ambiguous left or right",
  about: "Left and right by somebody's own body rather than by the picture",
  check: (text) =>
    [...text.matchAll(ambiguous)].map(({ 0: phrase, index }) => ({
      from: index,
      to: index + phrase.length,
      severity: "note",
      message: `"${phrase}" may mean the picture's side or the person's own: say which, such as "on the left of the picture"`,
    })),
};
