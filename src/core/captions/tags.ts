/** How a caption of tags is told from prose: see `isTagList`. */
const [fewestTags, mostWords] = [3, 4];

/** Words that begin a part of a sentence, not a tag; and signs that end a sentence. */
const beginsClause =
  /^(?:an?|the|and|or|but|with|while|as|in|on|at|by|of|for|from|to|is|are|which|who|that|his|her|its|their|there|this)\s/i;
const endsSentence = /[.!?]["'”’)]?$/;

/**
 * Whether a text looks like a list of tags: three parts or more, none of them empty but the last, none longer than four words, none that begins as a clause does
 * (an article, a conjunction, a preposition, a pronoun) or ends a sentence. "1girl, red hair, smile" does; "A dog, a cat, and a bird" does not.
 */
export function isTagList(text: string, separator: string): boolean {
  if (text.includes("\n")) return false;
  const parts = text.split(separator).map((part) => part.trim());
  if (parts.at(-1) === "") parts.pop();
  return parts.length >= fewestTags && parts.every(isTag);
}

function isTag(part: string): boolean {
  return part !== "" && part.split(/\s+/).length <= mostWords && !beginsClause.test(part) && !endsSentence.test(part);
}

/** The tags of a text, without the white space around them and without empty ones. */
export function splitTags(text: string, separator: string): string[] {
  return text
    .split(separator)
    .map((tag) => tag.trim())
    .filter((tag) => tag !== "");
}

/** Tags in one text, with a space behind the separator where the text before had one (or had no separator at all). */
export function joinTags(tags: readonly string[], before: string, separator: string): string {
  const at = before.indexOf(separator);
  const isTight = separator.trim() === "" || (at >= 0 && !/^\s/.test(before.slice(at + separator.length)));
  return tags.join(isTight ? separator : `${separator} `);
}

/** Tags that are one: without regard to case, and with underscores for spaces. */
export function tagKey(tag: string): string {
  return tag.toLowerCase().replaceAll("_", " ");
}
