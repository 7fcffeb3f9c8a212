import type { Handlers } from "../../protocol/rpc.ts";
import type { StoreApi } from "../../protocol/storeApi.ts";
import type { Env } from "../env.ts";
import { readBins, readSortedColumn } from "./columns.ts";
import { listProblems } from "./listProblems.ts";
import { openView } from "./openView.ts";
import { answerUndo, listOperations, listedOperation } from "./operations.ts";
import { readOverview } from "./overview.ts";
import { readPage } from "./readPage.ts";
import { readSampleColumn } from "./sampleColumn.ts";
import { readViews, saveViews } from "./savedViews.ts";
import type { Sessions } from "./sessions.ts";
import { saveSet } from "./sets.ts";
import { setVerdicts } from "./setVerdicts.ts";

type Answered =
  | "readOverview"
  | "openView"
  | "readPage"
  | "readBins"
  | "readSortedColumn"
  | "readSampleColumn"
  | "saveSet"
  | "setVerdicts"
  | "listProblems"
  | "listOperations"
  | "undo"
  | "readViews"
  | "saveViews";

/** What the store answers of a dataset's tables: lists, columns, verdicts and operations. */
export function createDatasetHandlers(env: Env, sessions: Sessions): Handlers<Pick<StoreApi, Answered>> {
  return {
    readOverview: (request) => readOverview(env, sessions, request),
    openView: (request, { signal }) => sessions.use(request.root, (dataset) => openView(dataset, request), signal),
    readPage: (request, { signal }) => sessions.use(request.root, (dataset) => readPage(dataset, request), signal),
    readBins: (request, { signal }) => sessions.use(request.root, (dataset) => readBins(dataset, request), signal),
    readSortedColumn: (request, { signal }) => sessions.use(request.root, (dataset) => readSortedColumn(dataset, request), signal),
    readSampleColumn: (request, { signal }) => sessions.use(request.root, (dataset) => readSampleColumn(dataset, request), signal),
    saveSet: (request, { signal }) => sessions.use(request.root, (dataset) => saveSet(dataset, request), signal),
    setVerdicts: (request, { signal }) => sessions.use(request.root, (dataset) => setVerdicts(env, dataset, request, { signal }), signal),
    listProblems: (request, { signal }) => sessions.use(request.root, (dataset) => listProblems(dataset, request), signal),
    listOperations: async ({ root }) => (await listOperations(env, root)).map(listedOperation).reverse(),
    undo: (request) => answerUndo(env, request),
    readViews: ({ root }) => readViews(env, root),
    saveViews: ({ root, views }) => saveViews(env, root, views),
  };
}
