import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { ParityItem } from "../../core/parity/compare.ts";
import { textCases } from "../../core/parity/referenceTexts.ts";
import { sha256, writeAtomically } from "../store/files.ts";
import type { Modality } from "../store/vectors.ts";
import { ParityError } from "./parityError.ts";
import { referencePictures } from "./referencePictures.ts";

const materialShape = z.object({
  schema: z.literal(1),
  /** SHA-256 of all that is below: vectors of other material can't be compared. */
  digest: z.string(),
  pictures: z.array(z.object({ case: z.string(), file: z.string().regex(/^[\w.-]+$/), sha256: z.string() })).min(1),
  texts: z.array(z.object({ case: z.string(), text: z.string() })).min(1),
});

/** The reference material in a folder: the pictures below `pictures/`, and the texts. */
export type Material = z.infer<typeof materialShape> & { readonly folder: string };

/** How far something is; `total` is known from the first. */
export type OnParityProgress = (progress: { readonly done: number; readonly total: number }) => void;

/** How work is stopped. */
export interface MaterialOptions {
  readonly signal: AbortSignal;
}

/** Cases of pictures that take most of the time, and try the reading of files alone: what two graphs make of the same pixels is told without them. */
export const casesOfReading: ReadonlySet<string> = new Set(["palette", "huge"]);

const materialFile = "material.json";

/** Writes the pictures, but for those of cases that are left out, and texts into a folder, which is made where it is missing; files of ours that are there are replaced. */
export async function makeMaterial(
  folder: string,
  { signal, leaveOut = new Set() }: MaterialOptions & { readonly leaveOut?: ReadonlySet<string> },
): Promise<Material> {
  await mkdir(join(folder, "pictures"), { recursive: true });
  const pictures: Material["pictures"] = [];
  for (const { case: case_, file, make } of referencePictures) {
    signal.throwIfAborted();
    if (leaveOut.has(case_)) continue;
    const bytes = await make();
    await writeFile(join(folder, "pictures", file), bytes);
    pictures.push({ case: case_, file, sha256: sha256(bytes) });
  }
  const texts = textCases.flatMap(({ id, texts: of }) => of.map((text) => ({ case: id, text })));
  const material = { schema: 1 as const, digest: sha256(JSON.stringify([pictures, texts])), pictures, texts };
  await writeAtomically(join(folder, materialFile), JSON.stringify(material));
  return { ...material, folder };
}

/** Reads the material that `makeMaterial` wrote into a folder. Throws a ParityError where it is not there. */
export async function readMaterial(folder: string): Promise<Material> {
  const path = join(folder, materialFile);
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    throw new ParityError(`${path} cannot be read (${(error as Error).message}): make the folder with "winnow parity --make"`, {
      cause: error,
    });
  });
  const parsed = materialShape.safeParse(parseJson(text));
  if (!parsed.success) throw new ParityError(`${path} is not as Winnow writes it: make the folder anew with "winnow parity --make"`);
  return { ...parsed.data, folder };
}

/** The pictures, the texts or both as what is compared, in the order of their rows. */
export function itemsOf({ pictures, texts }: Material, modalities: readonly Modality[]): ParityItem[] {
  const items = { image: pictures, text: texts };
  return modalities.flatMap((modality) => items[modality].map((item, row): ParityItem => ({ case: item.case, modality, row })));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
