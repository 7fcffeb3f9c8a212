import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { writeAtomically } from "../store/files.ts";
import { int8Forms } from "./quantizeGraph.ts";

const side = z.object({
  form: z.enum([...int8Forms, "unchanged"]),
  products: z.number(),
  count: z.number(),
  minCosine: z.number().nullable(),
  meanCosine: z.number().nullable(),
  perSecond: z.number(),
  fp32PerSecond: z.number(),
});
const shape = z.looseObject({
  schema: z.literal(1),
  from: z.string(),
  image: side,
  text: side,
  machine: z.string(),
  date: z.string(),
  sizeBytes: z.number(),
});

/** One side of an encoder in eight bits: how its products are done, and how it fared against its float32 on trial material, close and fast. */
export type Int8Side = Readonly<z.infer<typeof side>>;

/** What an encoder in eight bits was made of (`from` is the other's EncoderId), kept beside its files; speeds are those of `machine` as busy as it was. */
export interface Int8Record {
  readonly schema: 1;
  readonly from: string;
  readonly image: Int8Side;
  readonly text: Int8Side;
  readonly machine: string;
  readonly date: string;
  readonly sizeBytes: number;
}

/** The name of the record's file. */
export const int8RecordFile = "winnow-int8.json";

/** Reads the record of an encoder's folder; undefined where Winnow did not make it. */
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
