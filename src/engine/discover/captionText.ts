import type { CaptionMode } from "./reader.ts";

/** A caption in a file: its text without the white space around it, and where it stood. */
export interface CaptionPiece {
  readonly text: string;
  readonly line?: number;
  readonly field?: string;
}

/** Names that the caption has in JSON beside pictures, the first that is there wins. */
export const captionKeys = ["caption", "captions", "text", "prompt", "title", "description"] as const;

/** Number of lines that are not blank. */
export function countLines(text: string): number {
  return text.split("\n").filter((line) => line.trim() !== "").length;
}

/** Cuts the text of a caption file. A text without a visible character gives one empty caption; "one" keeps inner line ends, as `\n`. */
export function cutCaptions(text: string, mode: CaptionMode): CaptionPiece[] {
  const whole = text.replaceAll("\r\n", "\n").replaceAll("\r", "\n");
  switch (mode) {
    case "one":
      return [{ text: whole.trim() }];
    case "first": // kohya's rule: the first line, be it blank
      return [{ text: (whole.split("\n", 1)[0] ?? "").trim(), line: 0 }];
    case "lines": {
      const pieces = whole.split("\n").flatMap((line, index) => (line.trim() === "" ? [] : [{ text: line.trim(), line: index }]));
      return pieces.length === 0 ? [{ text: "", line: 0 }] : pieces;
    }
  }
}

/**
 * Captions of a JSON sidecar (a string or a list of strings under `key`, or under the first known name); undefined where it has none
 * or is not JSON. The field of a list's caption is `captions.2`.
 */
export function captionsFromJson(text: string, key?: string): CaptionPiece[] | undefined {
  const row = parseObject(text);
  if (row === undefined) return undefined;
  for (const field of key === undefined ? captionKeys : [key]) {
    const value = row[field];
    if (typeof value === "string") return [{ text: value.trim(), field }];
    if (Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === "string")) {
      return value.map((item, index) => ({ text: item.trim(), field: `${field}.${index}` }));
    }
  }
  return undefined;
}

/** The object that a JSON text holds; undefined for anything else. */
export function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
