import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { z } from "zod";
import { EncoderError } from "./encoderError.ts";

/** The text of a file in an encoder's folder; undefined where it isn't there. Throws an EncoderError where it can't be read. */
export async function readFolderText(folder: string, file: string): Promise<string | undefined> {
  const path = join(folder, file);
  return readFile(path, "utf8").catch((error: unknown) => {
    if (["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw new EncoderError(`${path} cannot be read (${(error as Error).message})`, { cause: error });
  });
}

/** The JSON of a file in an encoder's folder; undefined where the file isn't there. Throws an EncoderError where it is no JSON. */
export async function readFolderJson(folder: string, file: string): Promise<unknown> {
  const text = await readFolderText(folder, file);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new EncoderError(`${join(folder, file)} is no JSON (${(error as Error).message}): download it again`, { cause: error });
  }
}

/** What a file's JSON means. Throws an EncoderError that names the first thing that is off, and ends with what to do. */
export function parseFolderJson<Shape extends z.ZodType>(
  json: unknown,
  shape: Shape,
  { path, advice }: { path: string; advice: string },
): z.infer<Shape> {
  const parsed = shape.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new EncoderError(`${path} is not as expected (${issue?.path.join(".")}: ${issue?.message}): ${advice}`);
}
