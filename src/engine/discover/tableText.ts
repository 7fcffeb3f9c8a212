import { constants } from "node:buffer";
import type { Problem } from "../../core/problem.ts";
import { readRange } from "../store/files.ts";
import type { ListedFile } from "./listing.ts";
import { openPathOf } from "./listing.ts";
import type { ReadContext } from "./reader.ts";
import { problemOfEncoding } from "./text.ts";

/** A value read from a file, undefined where the file can't be read; the problems say why. */
export interface FileValue<T> {
  readonly value?: T;
  readonly problems: readonly Problem[];
}

/** Bytes that a look at the beginning of a file takes. */
const headBytes = 1 << 16;

/** Whole text of a table. A table longer than one string of the runtime can be (about 512 MB) is refused. */
export async function readTableText(context: ReadContext, file: ListedFile): Promise<FileValue<string>> {
  if (file.sizeBytes >= constants.MAX_STRING_LENGTH) {
    return {
      problems: [unreadTable(file, "tooLarge", `${file.path} is larger than 512 MB`, "Split it into smaller files, or save it as Parquet")],
    };
  }
  try {
    const { text, encoding } = await context.readText(file);
    const problem = problemOfEncoding(file, encoding);
    return { value: text, problems: problem === undefined ? [] : [problem] };
  } catch (error) {
    return {
      problems: [
        unreadTable(
          file,
          "unreadable",
          `${file.path} can't be read: ${messageOf(error)}`,
          "Check that the file is whole and that you may read it",
        ),
      ],
    };
  }
}

/**
 * A JSON file as a value. It is parsed in one piece: COCO's largest captions file (91 MB) takes about a second, where a streaming parser
 * takes some ten and keeps the same rows in the end.
 */
export async function readJson(context: ReadContext, file: ListedFile): Promise<FileValue<unknown>> {
  const { value: text, problems } = await readTableText(context, file);
  if (text === undefined) return { problems };
  try {
    return { value: JSON.parse(text) as unknown, problems };
  } catch (error) {
    const problem = unreadTable(
      file,
      "unreadable",
      `${file.path} is not whole JSON: ${messageOf(error)}`,
      "Write the file again, or repair it at that place",
    );
    return { problems: [...problems, problem] };
  }
}

/** The first bytes of a file as text, to recognise a format by; "" where it can't be read. */
export async function readHead(context: ReadContext, file: ListedFile): Promise<string> {
  return readPart(context, file, 0);
}

/** The last bytes of a file as text, to recognise a format by; "" where it can't be read. */
export async function readTail(context: ReadContext, file: ListedFile): Promise<string> {
  return readPart(context, file, Math.max(0, file.sizeBytes - headBytes));
}

/** What an error says, whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function readPart(context: ReadContext, file: ListedFile, offset: number): Promise<string> {
  const path = openPathOf(context.listing, file);
  if (typeof path !== "string") return "";
  try {
    const bytes = await readRange(context.env, path, offset, Math.min(headBytes, file.sizeBytes));
    return new TextDecoder("utf-8").decode(bytes);
  } catch {
    return "";
  }
}

function unreadTable(file: ListedFile, code: "tooLarge" | "unreadable", message: string, hint: string): Problem {
  return { code, severity: "error", file: file.path, message, hint };
}
