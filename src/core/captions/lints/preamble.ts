import type { Lint } from "./lint.ts";

const what = "(?:image|picture|photo(?:graph)?|scene|illustration|screenshot|drawing|painting)";
const shows = "(?:shows?|depicts?|features?|displays?|captures?|portrays?|presents?|contains?|illustrates?|showcases?)";

/** How captioning models begin before they come to the picture. */
const preambles = [
  new RegExp(`^\\s*(?:this|the|that|an?) (?:\\w+ ){0,2}${what} (?:clearly )?${shows}(?: us)?(?: that)?[:,]?\\s+`, "i"),
  new RegExp(`^\\s*in (?:this|the) (?:\\w+ ){0,2}${what},?\\s+(?:we (?:can )?see|you (?:can )?see|there (?:is|are))?[:,]?\\s*`, "i"),
  new RegExp(`^\\s*(?:sure|certainly|of course|absolutely)[!,.]\\s*(?:here(?:['’]s| is)[^:.\\n]*[:.]\\s*)?`, "i"),
  new RegExp(`^\\s*here(?:['’]s| is) (?:an?|the|your) (?:\\w+ ){0,4}(?:caption|description)[^:\\n]*:\\s*`, "i"),
  /^\s*(?:caption|description|answer|output|assistant|response)\s*:\s*/i,
  /^\s*we (?:can )?see\s+/i,
];

/** Words before the caption that are about the picture as such: they take tokens and teach nothing. */
export const preamble: Lint = {
  id: "preamble",
  title: "Preamble",
  about: 'Openings such as "The image shows" that take tokens and say nothing',
  check: (text) => {
    const length = preambleLength(text);
    if (length === 0 || length >= text.trimEnd().length) return [];
    const from = text.length - text.trimStart().length;
    const message = `"${text.slice(from, length).trim()}" says nothing about what is in the picture`;
    return [{ from, to: length, severity: "warning", message, fix: { title: "Remove the opening", fixed: withoutPreamble(text, length) } }];
  },
};

function preambleLength(text: string): number {
  let length = 0;
  for (let found = true; found;) {
    found = false;
    for (const pattern of preambles) {
      const match = pattern.exec(text.slice(length));
      if (match === null || match[0].length === 0) continue;
      length += match[0].length;
      found = true;
    }
  }
  return length;
}

/** The rest begins with a capital where the text did. */
function withoutPreamble(text: string, length: number): string {
  const rest = text.slice(length);
  const first = text.trimStart().charAt(0);
  return first === first.toUpperCase() ? rest.charAt(0).toUpperCase() + rest.slice(1) : rest;
}
