import { cp, mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { makeMaterial } from "../../src/engine/parity/material.ts";
import { runPython } from "../python.ts";

/** A model of random weights in three forms: Winnow's folder, what Python loads, and the material with Python's vectors of it. */
export interface MadeModel {
  readonly family: string;
  readonly encoder: string;
  readonly model: string;
  readonly material: string;
  /** The mean cosine of vectors of different noise pictures. */
  readonly contrast: number;
}

/** The architectures that are tried, and what they are. */
export const madeFamilies = {
  clip: "CLIP ViT-B/32 by transformers",
  openClip: "open_clip's ViT-B-32",
  siglip: "SigLIP base, patch 16, 224 pixels, by transformers",
  chineseClip: "Chinese-CLIP ViT-B/16 with BERT by transformers",
} as const;

/** A name of `madeFamilies`. */
export type MadeFamily = keyof typeof madeFamilies;

/** Makes models of at most `depth` layers (12 is all of them) in a folder that has no such yet. */
export async function makeModels(folder: string, families: readonly MadeFamily[], depth: number): Promise<MadeModel[]> {
  const shared = await makeMaterial(join(folder, "material"), { signal: new AbortController().signal });
  for (const family of families) {
    await mkdir(join(folder, family), { recursive: true });
    await cp(shared.folder, join(folder, family, "material"), { recursive: true });
  }
  runPython(fileURLToPath(new URL("models.py", import.meta.url)), [folder, String(depth), ...families]);
  const made = JSON.parse(await readFile(join(folder, "models.json"), "utf8")) as Record<MadeFamily, Pick<MadeModel, "model" | "contrast">>;
  return families.map((family) => ({
    family,
    encoder: join(folder, family, "encoder"),
    material: join(folder, family, "material"),
    ...made[family],
  }));
}
