import type { SignalDescriptor } from "../../../src/core/signals/signal.ts";

interface FieldText {
  readonly title: string;
  readonly about: string;
}

/** What people call the fields that are no signals. */
const texts: Readonly<Record<string, FieldText | undefined>> = {
  actor: { title: "Decided by", about: "Who set the verdict: person, model or rule" },
  author: { title: "Author", about: "Who wrote the caption, where that is known" },
  caption: { title: "Caption", about: "The caption's text" },
  captionCount: { title: "Captions", about: "How many captions the picture has" },
  captionIndex: { title: "Caption number", about: "Which of its picture's captions it is, from 0" },
  captionOrigin: { title: "Caption's origin", about: "Where the caption was read from" },
  concept: { title: "Concept", about: "What the picture shows, as the encoder sees it: one of some clusters" },
  contentHash: { title: "Content hash", about: "SHA-256 of the picture's file" },
  edited: { title: "Edited", about: "Whether Winnow changed the caption" },
  folder: { title: "Folder", about: "The folder that holds the picture, below the dataset's root" },
  group: { title: "Group", about: "Kind or id of a group that the pair belongs to" },
  height: { title: "Height", about: "The picture's height in pixels" },
  pair: { title: "Pair number", about: "The pair's place in the dataset's own order" },
  pictureFormat: { title: "Format", about: "The picture's format: jpeg, png and so on" },
  language: { title: "Language", about: "The language that the caption seems to be in; unknown where it is too short to tell" },
  lint: { title: "Lint", about: "Something that a lint found in the caption" },
  problem: { title: "Problem", about: "Something wrong with the sample" },
  reason: { title: "Reason", about: "Why the verdict was set" },
  sample: { title: "Sample", about: "The sample's name, its path below the root as a rule" },
  set: { title: "Selection", about: "A selection that was made on the map" },
  similarity: { title: "Similarity", about: "How near the picture is to what was searched for" },
  sizeBytes: { title: "File size", about: "The size of the picture's file in bytes" },
  split: { title: "Split", about: "train, validation or test" },
  verdict: { title: "Verdict", about: "What is to become of the pair: keep, drop or review" },
  width: { title: "Width", about: "The picture's width in pixels" },
};

/** What a field is called on the page. */
export function titleOfField(name: string, signal: SignalDescriptor | null): string {
  return signal?.name ?? texts[name]?.title ?? name;
}

/** What a field says, in one sentence. */
export function aboutField(name: string, signal: SignalDescriptor | null): string {
  return signal?.description ?? texts[name]?.about ?? "";
}

/** A code as words: `nearDuplicate` is "Near duplicate". */
export function labelOfCode(code: string): string {
  const words = code.replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, " ").toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
