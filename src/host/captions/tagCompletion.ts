import { splitTags, tagKey } from "../../core/captions/tags.ts";
import type { TagCount } from "../../protocol/captionFiles.ts";

/** Tags to choose from at a place of a line, the most frequent first; they take the place of the characters from `from` up to the cursor. */
export interface TagChoices {
  readonly from: number;
  readonly tags: readonly TagCount[];
}

/** Fewer tags are offered than are known: a person types on. */
const mostOffered = 200;

/** The tags that fit what was typed since the last comma of a line; those that the line has already are left out. Prose gets none. */
export function completeTags(line: string, column: number, tags: readonly TagCount[]): TagChoices | undefined {
  const before = line.slice(0, column);
  const start = before.lastIndexOf(",") + 1;
  const from = start + before.slice(start).length - before.slice(start).trimStart().length;
  const typed = tagKey(before.slice(from));
  const rest = `${line.slice(0, start)}${line.slice(column)}`;
  if (start === 0 && /\s\S+\s\S+\s/.test(typed)) return undefined; // several words without a comma are a sentence
  const present = new Set(splitTags(rest, ",").map(tagKey));
  const fitting = tags.filter(({ tag }) => !present.has(tagKey(tag)) && tagKey(tag).includes(typed)).slice(0, mostOffered);
  return fitting.length === 0 ? undefined : { from, tags: fitting };
}
