import type { CaptionFile, FileCaption } from "../../../../src/protocol/captionFiles.ts";

/** A caption of a made-up file. */
export function captionOf(text: string, more: Partial<FileCaption> = {}): FileCaption {
  return { sample: "photos/IMG_0001.jpg", captionIndex: 0, text, line: 0, score: 0.25, below: 0.4, group: null, ...more };
}

/** A caption file whose lines are captions. */
export function fileOf(captions: readonly FileCaption[], more: Partial<CaptionFile> = {}): CaptionFile {
  return { generation: "g1", reading: "lines", captions, problems: [], ...more };
}
