import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { ParityVectors } from "../../core/parity/compare.ts";
import { bytesPerRow, readNpyHeader, readNpyRows } from "../store/npy.ts";
import type { Material } from "./material.ts";
import { ParityError } from "./parityError.ts";

const referenceShape = z.object({
  schema: z.literal(1),
  material: z.string(),
  model: z.string(),
  versions: z.record(z.string(), z.string()),
});

/** Vectors that a reference made of the material, and what it says of itself. */
export interface ReferenceVectors extends ParityVectors {
  readonly model: string;
  readonly versions: Readonly<Record<string, string>>;
}

/** Reads what `reference.py` wrote beside the material. Throws a ParityError where it isn't there, is of other material, or has vectors of another length than `dim`. */
export async function readReferenceVectors(material: Material, dim: number): Promise<ReferenceVectors> {
  const { folder } = material;
  const path = join(folder, "reference.json");
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    throw new ParityError(
      `${path} cannot be read (${(error as Error).message}): run "python reference.py ${folder} --model …" with the program of Winnow's src/trainers or dist`,
      { cause: error },
    );
  });
  const parsed = referenceShape.safeParse(parseJson(text));
  if (!parsed.success) throw new ParityError(`${path} is not as reference.py writes it: run it again`);
  const { material: digest, model, versions } = parsed.data;
  if (digest !== material.digest) throw new ParityError(`The vectors in ${folder} are of other pictures and texts: run reference.py again`);
  return {
    image: await readVectors(join(folder, "image.npy"), material.pictures.length, dim),
    text: await readVectors(join(folder, "text.npy"), material.texts.length, dim),
    model,
    versions,
  };
}

async function readVectors(path: string, rows: number, dim: number): Promise<Float32Array> {
  const header = await readNpyHeader(path).catch((error: unknown) => {
    throw new ParityError(`${path} cannot be read (${(error as Error).message}): run reference.py again`, { cause: error });
  });
  if (header?.type !== "<f4" || header.fortranOrder || header.shape.length !== 2)
    throw new ParityError(`${path} is no matrix of float32: run reference.py again`);
  if (header.shape[0] !== rows || header.shape[1] !== dim)
    throw new ParityError(
      `${path} has ${header.shape.join(" × ")} numbers where ${rows} × ${dim} were expected: the reference is another model than the encoder`,
    );
  const range = { dataOffset: header.dataOffset, bytesPerRow: bytesPerRow("<f4", header.shape), from: 0, to: rows };
  return new Float32Array(await readNpyRows(path, range));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
