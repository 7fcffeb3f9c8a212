import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { writeAtomically } from "../store/files.ts";

/** Where a downloaded model came from, kept beside its files: the commit is what the next machine is to have as well. */
export interface ModelRecord {
  readonly schema: 1;
  readonly hub: string;
  readonly repository: string;
  readonly revision: string;
  readonly dtype: string;
  readonly files: readonly {
    readonly path: string;
    readonly sizeBytes: number;
    readonly sha256: string | null;
    readonly gitSha1: string | null;
  }[];
}

const recordFile = "winnow-download.json";
const shape = z.looseObject({
  schema: z.literal(1),
  hub: z.string(),
  repository: z.string(),
  revision: z.string(),
  dtype: z.string(),
  files: z.array(z.looseObject({ path: z.string(), sizeBytes: z.number(), sha256: z.string().nullable(), gitSha1: z.string().nullable() })),
});

/** Reads the record of a model's folder; undefined where it was not downloaded by Winnow. */
export async function readModelRecord(folder: string): Promise<ModelRecord | undefined> {
  const text = await readFile(join(folder, recordFile), "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return shape.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** Writes the record of a model's folder. */
export async function writeModelRecord(folder: string, record: ModelRecord): Promise<void> {
  await writeAtomically(join(folder, recordFile), `${JSON.stringify(record, undefined, 1)}\n`);
}
