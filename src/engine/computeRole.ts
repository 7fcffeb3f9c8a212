import { resolve } from "node:path";
import type { ComputeApi } from "../protocol/computeApi.ts";
import type { Handlers } from "../protocol/rpc.ts";
import type { Env } from "./env.ts";
import { runPipeline } from "./pipeline.ts";
import { createCacheHandlers } from "./requests/cache.ts";
import { startComparison } from "./requests/comparisonRun.ts";
import { examineMachine } from "./requests/doctor.ts";
import { describeEncoders } from "./requests/encoders.ts";
import { beginImageRun, isImageTrainer } from "./requests/imageRun.ts";
import { lint } from "./requests/lints.ts";
import { findNearest } from "./requests/nearest.ts";
import { certifyEncoder } from "./requests/parity.ts";
import { measureTexts } from "./requests/measureTexts.ts";
import { previewTuneJob } from "./requests/previewTuneJob.ts";
import { startPythonRun } from "./requests/pythonTune.ts";
import { project } from "./requests/project.ts";
import { quantizeEncoder } from "./requests/quantizeEncoder.ts";
import { readAs } from "./requests/readAs.ts";
import { createSearchers } from "./requests/searchers.ts";
import { similarities } from "./requests/similarities.ts";
import { reportTuneRun } from "./requests/tuneReport.ts";
import { createTurns } from "./requests/turns.ts";
import { explainWords, findEvidence } from "./requests/wordEvidence.ts";

/**
 * What the engine's compute process answers. Runs of one dataset come one after the other, and so do searches; all else may overlap, as far
 * as the models let it: a batch holds everything up while it lasts.
 */
export function createComputeHandlers(env: Env): Handlers<ComputeApi> {
  const turns = createTurns();
  const searchers = createSearchers(env);
  return {
    run: (request, watch) => turns.take(`run ${resolve(request.root)}`, watch.signal, () => runPipeline(env, request, watch)),
    similarities: (request, { signal }) =>
      searchers.ask(resolve(request.root), signal, (searcher) => similarities(searcher, request, signal)),
    nearest: (request, { signal }) => searchers.ask(resolve(request.root), signal, (searcher) => findNearest(searcher, request, signal)),
    measureTexts: ({ root, ...asked }, { signal }) =>
      searchers.ask(resolve(root), signal, (searcher) => measureTexts(env, searcher, { ...asked, signal })),
    findEvidence: ({ root, ...asked }, { signal }) =>
      searchers.ask(resolve(root), signal, (searcher) => findEvidence(searcher, { ...asked, signal })),
    explainWords: ({ root, ...asked }, { signal }) =>
      searchers.ask(resolve(root), signal, (searcher) => explainWords(searcher, { ...asked, signal })),
    project: (request, watch) =>
      turns.take(`${request.projection} ${resolve(request.root)}`, watch.signal, () => project(env, request, watch)),
    lint: (request, { signal }) => lint(env, request, signal),
    previewTuneJob: (request, { signal }) => previewTuneJob(env, request, { signal, onProgress: () => undefined }),
    startPythonRun: async (request, { signal, onProgress }) => {
      const watch = { signal, onProgress: (done: number, total: number) => onProgress({ done, total }) };
      const start = isImageTrainer(request.trainer) ? beginImageRun : startPythonRun;
      return { run: await start(env, request, watch) };
    },
    readAs: (request, watch) => readAs(env, request, watch),
    examineMachine: () => examineMachine(env),
    listEncoders: () => describeEncoders(env),
    ...createCacheHandlers(env),
    certifyEncoder: (request, watch) => turns.take("certify", watch.signal, () => certifyEncoder(env, request, watch)),
    reportTuneRun: (request, watch) =>
      turns.take(`report ${resolve(request.root)}`, watch.signal, () => reportTuneRun(env, request, watch)),
    startComparison: async (request, { signal }) => ({ run: (await startComparison(env, request, signal)).id }),
    quantizeEncoder: (request, watch) => turns.take("quantize", watch.signal, () => quantizeEncoder(env, request, watch)),
  };
}
