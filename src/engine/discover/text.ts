import type { Problem } from "../../core/problem.ts";
import type { ListedFile } from "./listing.ts";

/** Encodings that a text file was decoded by; "windows-1252" is a guess, made where the bytes are not UTF-8 and have no mark. */
export type TextEncoding = "utf-8" | "utf-16le" | "utf-16be" | "windows-1252";

/** Text of a file without its byte order mark; the file itself is never changed. */
export interface FileText {
  readonly text: string;
  readonly encoding: TextEncoding;
}

const strictUtf8 = new TextDecoder("utf-8", { fatal: true });

/** Decodes a text file: by its byte order mark, else as UTF-8, else as windows-1252, which every sequence of bytes is. */
export function decodeText(bytes: Uint8Array): FileText {
  const encoding = markedEncoding(bytes);
  if (encoding !== undefined) return { text: new TextDecoder(encoding).decode(bytes), encoding };
  try {
    return { text: strictUtf8.decode(bytes), encoding: "utf-8" };
  } catch {
    // As a whole, Node 20 takes it for ISO 8859-1, which has no curly quotes; as a stream it does not.
    return { text: new TextDecoder("windows-1252").decode(bytes, { stream: true }), encoding: "windows-1252" };
  }
}

/** What is wrong with a file's encoding, if anything: trainers read UTF-8 and nothing else. */
export function problemOfEncoding(file: ListedFile, encoding: TextEncoding): Problem | undefined {
  if (encoding === "utf-8") return undefined;
  const guessed = encoding === "windows-1252";
  return {
    code: "notUtf8",
    severity: guessed ? "warning" : "note",
    file: file.path,
    message: guessed
      ? `${file.path} is not UTF-8 and was read as windows-1252, which is a guess`
      : `${file.path} is ${encoding.toUpperCase()}, which trainers don't read`,
    hint: "Save the file as UTF-8",
  };
}

function markedEncoding(bytes: Uint8Array): "utf-16le" | "utf-16be" | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return "utf-16le";
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return "utf-16be";
  return undefined;
}
