import type { CaptionEditsApi } from "../protocol/captionEdits.ts";
import type { CaptionFilesApi } from "../protocol/captionFiles.ts";
import type { Handlers } from "../protocol/rpc.ts";
import type { StoreApi } from "../protocol/storeApi.ts";
import type { Env } from "./env.ts";
import type { Watch } from "./write/captionBatch.ts";
import type { AnalysedDataset } from "./requests/analysedDataset.ts";
import { applyEdit, listEditOperations, previewEdit } from "./requests/batchEdit.ts";
import { readCaptionFile } from "./requests/captionFile.ts";
import { checkTexts } from "./requests/checkTexts.ts";
import { compare } from "./requests/compare.ts";
import { countTags } from "./requests/countTags.ts";
import { createDatasetHandlers } from "./requests/datasetHandlers.ts";
import { editCaption } from "./requests/editCaption.ts";
import { createEncoderFolderHandlers } from "./requests/encoderFolderHandlers.ts";
import { createExportHandlers } from "./requests/exportHandlers.ts";
import { findDatasets } from "./requests/findDatasets.ts";
import { createHubHandlers } from "./requests/hubHandlers.ts";
import { inspect } from "./requests/inspect.ts";
import { keepBest } from "./requests/keepBest.ts";
import { readGroups } from "./requests/readGroups.ts";
import { readMembers } from "./requests/readMembers.ts";
import { readPicture } from "./requests/readPicture.ts";
import { readThumbnails } from "./requests/readThumbnails.ts";
import { relate } from "./requests/relate.ts";
import { createRewriteHandlers } from "./requests/rewriteHandlers.ts";
import type { Asks } from "./requests/rewriteJob.ts";
import { createSessions, type Sessions } from "./requests/sessions.ts";
import { saveItems } from "./requests/sets.ts";
import { drawSpotCheck, estimateSpotCheck, saveLabels } from "./requests/spotCheck.ts";
import { createTrainerHandlers } from "./requests/trainerHandlers.ts";
import { createTuneRunHandlers } from "./requests/tuneRuns.ts";
import { createTuneSampleHandlers } from "./requests/tuneSamples.ts";
import { applyRules, tryRules } from "./requests/tryRules.ts";

/** What the engine's store process answers: everything but models and mathematics, which rewriting asks of its parent. */
export function createStoreHandlers(env: Env, asks: Asks): Handlers<StoreApi> {
  const sessions = createSessions(env);
  return {
    findDatasets: (request, { signal }) => findDatasets(env, request, signal),
    ...createDatasetHandlers(env, sessions),
    ...createExportHandlers(env),
    ...createHubHandlers(env),
    ...createTrainerHandlers(env),
    ...createTuneRunHandlers(env),
    ...createTuneSampleHandlers(env),
    ...createEncoderFolderHandlers(env),
    ...createCurationHandlers(env, sessions),
    ...createPictureHandlers(env, sessions),
    ...createEditHandlers(env, sessions),
    ...createCaptionFileHandlers(env, sessions),
    ...createRewriteHandlers(env, sessions, asks),
  };
}

type Curation =
  | "readMembers"
  | "readGroups"
  | "keepBest"
  | "relate"
  | "tryRules"
  | "applyRules"
  | "compare"
  | "drawSpotCheck"
  | "saveLabels"
  | "estimateSpotCheck";

/** What is decided of a dataset: groups, relations, rules, labels. */
function createCurationHandlers(env: Env, sessions: Sessions): Handlers<Pick<StoreApi, Curation>> {
  const use = <Result>(root: string, signal: AbortSignal, action: (dataset: AnalysedDataset) => Promise<Result>): Promise<Result> =>
    sessions.use(root, action, signal);
  return {
    readMembers: (request, { signal }) => use(request.root, signal, (dataset) => Promise.resolve(readMembers(dataset, request))),
    readGroups: (request, { signal }) => use(request.root, signal, (dataset) => readGroups(env, dataset, request)),
    keepBest: (request, { signal }) => use(request.root, signal, (dataset) => keepBest(env, dataset, request, { signal })),
    relate: (request, { signal }) => use(request.root, signal, (dataset) => relate(env, dataset, request, { signal })),
    tryRules: (request, { signal }) => use(request.root, signal, (dataset) => tryRules(env, dataset, request, { signal })),
    applyRules: (request, { signal }) => use(request.root, signal, (dataset) => applyRules(env, dataset, request, { signal })),
    compare: (request, { signal }) =>
      use(request.root, signal, (dataset) => compare(env, dataset, request, { signal, saveSet: (pairs) => saveItems(dataset, pairs) })),
    drawSpotCheck: (request, { signal }) => use(request.root, signal, (dataset) => drawSpotCheck(env, dataset, request, { signal })),
    estimateSpotCheck: (request, { signal }) =>
      use(request.root, signal, (dataset) => estimateSpotCheck(env, dataset, request, { signal })),
    saveLabels: async (request, { signal }) => {
      await use(request.root, signal, (dataset) => saveLabels(env, dataset, request));
      return null;
    },
  };
}

/** What is looked at closely, and captions that are changed. */
function createPictureHandlers(
  env: Env,
  sessions: Sessions,
): Handlers<Pick<StoreApi, "readThumbnails" | "readPicture" | "inspect" | "editCaption">> {
  return {
    readThumbnails: (request, { signal }) =>
      sessions.use(request.root, (dataset) => readThumbnails(env, dataset, request, { signal }), signal),
    readPicture: (request, { signal }) => sessions.use(request.root, (dataset) => readPicture(env, dataset, request, { signal }), signal),
    inspect: (request, { signal }) => sessions.use(request.root, (dataset) => inspect(env, dataset, request, { signal }), signal),
    editCaption: (request, { signal }) => sessions.use(request.root, (dataset) => editCaption(env, dataset, request, { signal }), signal),
  };
}

/** Captions that are changed alike. */
function createEditHandlers(env: Env, sessions: Sessions): Handlers<CaptionEditsApi> {
  const watch = (call: { signal: AbortSignal; onProgress: (progress: { done: number; total: number }) => void }): Watch => ({
    signal: call.signal,
    onProgress: (done, total) => call.onProgress({ done, total }),
  });
  return {
    listEditOperations,
    previewEdit: ({ root, ...asked }, call) => sessions.use(root, (dataset) => previewEdit(env, dataset, asked, watch(call)), call.signal),
    applyEdit: ({ root, ...asked }, call) => sessions.use(root, (dataset) => applyEdit(env, dataset, asked, watch(call)), call.signal),
  };
}

/** Caption files that are open in an editor. */
function createCaptionFileHandlers(env: Env, sessions: Sessions): Handlers<CaptionFilesApi> {
  return {
    readCaptionFile: (request, { signal }) => sessions.use(request.root, (dataset) => readCaptionFile(dataset, request.path), signal),
    checkTexts: (request, { signal }) => sessions.use(request.root, (dataset) => checkTexts(env, dataset, request, { signal }), signal),
    countTags: ({ root }, { signal }) => sessions.use(root, (dataset) => countTags(dataset, signal), signal),
  };
}
