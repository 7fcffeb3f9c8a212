import { splitExtension } from "../../trainers/paths.ts";
import type { DataFile, JobPicture, JobSubset } from "./imageTrainer.ts";

/** A caption as it goes out: on one line, and with the trigger word before it where it doesn't hold it. */
export function captionWith(trigger: string | undefined, caption: string): string {
  const line = caption.replaceAll(/[\r\n\u2028\u2029\u0085\v\f]+/g, " ").trim();
  return trigger === undefined || line.includes(trigger) ? line : `${trigger}, ${line}`;
}

/** A text file beside each picture. */
export function* sidecars(subsets: readonly JobSubset[], textOf: (picture: JobPicture, subset: JobSubset) => string): Generator<DataFile> {
  for (const subset of subsets)
    for (const picture of subset.pictures)
      yield { path: `${splitExtension(picture.path)[0]}.txt`, pieces: () => [textOf(picture, subset)] };
}

/** Prompts for sample pictures: the first text of each list, then the second of each, and so on, none twice. */
export function pickPrompts(lists: readonly (readonly string[])[], count: number): string[] {
  const picked = new Set<string>();
  const longest = lists.reduce((length, list) => Math.max(length, list.length), 0);
  for (let at = 0; at < longest; at += 1) {
    for (const list of lists) {
      if (picked.size >= count) return [...picked];
      const text = list[at];
      if (text !== undefined) picked.add(text);
    }
  }
  return [...picked];
}
