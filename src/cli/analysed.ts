import { runPipeline } from "../engine/pipeline.ts";
import { findGeneration } from "../engine/store/generations.ts";
import type { Call } from "./command.ts";
import { textOption } from "./command.ts";
import { runRequestFromWords } from "./run.ts";

/**
 * Sees to it that the dataset has an analysis to ask: runs it when there is none yet, or when another encoder is named.
 * Gives the dataset's folder.
 */
export async function ensureAnalysed(call: Call): Promise<string> {
  const request = runRequestFromWords(call.words);
  const isAnalysed = (await findGeneration(call.env, request.root)) !== undefined;
  if (isAnalysed && textOption(call.words, "encoder") === undefined) return request.root;
  const report = await runPipeline(call.env, request, { signal: call.signal, onProgress: call.onProgress });
  for (const notice of report.notices) call.tell(notice);
  return request.root;
}
