import { findVariant, readEncoder } from "../encode/encoderFolder.ts";
import type { VectorSource } from "../encode/importedEncoder.ts";
import { readImported } from "../encode/importedEncoder.ts";
import type { Env } from "../env.ts";
import { readSummary } from "../store/analysis.ts";
import type { Generation } from "../store/generations.ts";
import { findGeneration } from "../store/generations.ts";
import { NotAnalysedError } from "./analysedDataset.ts";

/** The current generation of a dataset and its encoder, which must be the one that its vectors were made with. */
export async function findEncoderOf(env: Env, root: string): Promise<{ generation: Generation; encoder: VectorSource }> {
  const generation = await findGeneration(env, root);
  if (generation === undefined) throw new NotAnalysedError(root);
  const { encoder: used } = await readSummary(generation);
  const imported = await readImported(env, used.folder);
  if (imported !== undefined) return { generation, encoder: imported };
  const encoder = findVariant(await readEncoder(env, used.folder), used.id);
  if (encoder === undefined) throw new Error(`The encoder in ${used.folder} has changed since the analysis: run "winnow run" again`);
  return { generation, encoder };
}
