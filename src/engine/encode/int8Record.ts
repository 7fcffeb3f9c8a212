import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { CaseParity } from "../../core/parity/certificate.ts";
import { caseShape } from "../store/certificates.ts";
import { writeAtomically } from "../store/files.ts";
import { int8Forms } from "./quantizeGraph.ts";

const side = z.object({
  form: z.enum([...int8Forms, "unchanged"]),
  products: z.number(),
  perSecond: z.number(),
  fp32PerSecond: z.number(),
});
const shape = z.looseObject({
  schema: z.literal(2),
  from: z.string(),
  cases: z.array(caseShape),
  image: side,
  text: side.nullable(),
  machine: z.string(),
  date: z.string(),
  sizeBytes: z.number(),
});

/** One side of an encoder in eight bits: how its products are done, and how many pictures or texts a second it encoded in turn with its float32. */
export type Int8Side = Readonly<z.infer<typeof side>>;

/**
 * What an encoder in eight bits was made of (`from` is the other's EncoderId), kept beside its files: `cases` is how close it comes to that, as its certificate
 * tells it; speeds are those of `machine` as busy as it was. `text` is null of an encoder that sees pictures alone.
 */
export interface Int8Record {
  readonly schema: 2;
  readonly from: string;
  readonly cases: readonly CaseParity[];
  readonly image: Int8Side;
  readonly text: Int8Side | null;
  readonly machine: string;
  readonly date: string;
  readonly sizeBytes: number;
}

/** The name of the record's file. */
export const int8RecordFile = "winnow-int8.json";

/** Whether Winnow made an encoder's folder, by whichever version. */
export function hasInt8Record(folder: string): boolean {
  return existsSync(join(folder, int8RecordFile));
}

/** Reads the record of an encoder's folder; undefined where this version of Winnow did not make it. */
export async function readInt8Record(folder: string): Promise<Int8Record | undefined> {
  const text = await readFile(join(folder, int8RecordFile), "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return shape.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** Writes the record of an encoder's folder. */
export async function writeInt8Record(folder: string, record: Int8Record): Promise<void> {
  await writeAtomically(join(folder, int8RecordFile), `${JSON.stringify(record, undefined, 1)}\n`);
}
