import type { ProviderChoice } from "../../core/providers.ts";
import type { PanelSnapshot, PanelToHost, Search, StoreMethod } from "../../protocol/panelApi.ts";
import { ClosedError, type Handlers, type Watching } from "../../protocol/rpc.ts";
import type { StoreApi } from "../../protocol/storeApi.ts";
import type { Datasets } from "../datasets.ts";
import type { EngineClient } from "../engineClient.ts";
import { storeEffects } from "../engineMethods.ts";
import type { PanelWindow } from "./panelWindow.ts";
import { parsing, requestForms } from "./requests.ts";
import type { RewriteJobs } from "./rewriteJobs.ts";

/** What a panel's requests are answered with. */
export interface RelayParts {
  readonly root: string;
  readonly engine: Pick<EngineClient, "store" | "runner" | "searcher">;
  readonly datasets: Pick<Datasets, "get" | "run" | "cancelRun">;
  readonly window: PanelWindow;
  readonly provider: () => ProviderChoice;
  readonly rewriteJobs: RewriteJobs;
  /** The state as the page is told it first. */
  readonly readSnapshot: () => Promise<PanelSnapshot>;
  /** Aborted when the page is gone: nobody waits for its answers. */
  readonly gone: AbortSignal;
  readonly log: (message: string, detail: string) => void;
}

/** Requests to which more is added than the root. */
const ownAnswers: ReadonlySet<string> = new Set(["openView", "estimateRewrite", "rewrite", "proposeCaption"]);

/** The store's requests that a page may make: those with a form that are handed on as they are. */
const storeMethods = (Object.keys(requestForms) as (keyof PanelToHost)[]).filter(
  (method): method is StoreMethod => method in storeEffects && !ownAnswers.has(method),
);

/** Changes of many files, which a person may stop; then nothing is changed. */
const stoppable: ReadonlySet<StoreMethod> = new Set(["applyEdit", "acceptRewrites"]);

/** What answers the page: each request is read, given the dataset's root and handed to who knows the answer. */
export function createRelay(parts: RelayParts): Handlers<PanelToHost> {
  return parsing({
    ...relayToStore(parts),
    compare: compareAllowed(parts),
    ...answerFromModels(parts),
    ...answerAboutRewrites(parts),
    ...answerFromWindow(parts),
    ...answerFromDatasets(parts),
  });
}

function relayToStore(parts: RelayParts): Pick<Handlers<PanelToHost>, StoreMethod> {
  const handlers = storeMethods.map((method) => [method, relayOne(parts, method)]);
  return Object.fromEntries(handlers) as Pick<Handlers<PanelToHost>, StoreMethod>;
}

function relayOne<Method extends StoreMethod>({ root, engine, gone }: RelayParts, method: Method) {
  return (
    params: PanelToHost[Method]["params"],
    { signal, onProgress }: Watching<PanelToHost[Method]["progress"]>,
  ): Promise<StoreApi[Method]["result"]> => {
    const request = { ...params, root } as StoreApi[Method]["params"];
    return engine.store.call(method, request, { ...stopOf(method, signal, gone), onProgress: onProgress as (progress: unknown) => void });
  };
}

/** A change that has begun is brought to its end, also when the page goes; a question is not. */
function stopOf(method: StoreMethod, signal: AbortSignal, gone: AbortSignal): { readonly signal?: AbortSignal } {
  if (stoppable.has(method)) return { signal: stoppedByPerson(signal) };
  return storeEffects[method] === "writes" ? {} : { signal: AbortSignal.any([signal, gone]) };
}

/** Follows a request's signal where a person stopped it, not where its page went. */
function stoppedByPerson(signal: AbortSignal): AbortSignal {
  const own = new AbortController();
  signal.addEventListener("abort", () => {
    if (!(signal.reason instanceof ClosedError)) own.abort(signal.reason);
  });
  return own.signal;
}

/** A recipe to compare with is a file anywhere, so that it is one that the person chose. */
function compareAllowed(parts: RelayParts): Handlers<PanelToHost>["compare"] {
  const compare = relayOne(parts, "compare");
  return async (params, watching) => {
    for (const source of [params.left, params.right]) if (source.kind === "recipe") refuseUnchosen(parts.window, source.path);
    return compare(params, watching);
  };
}

function answerFromModels(parts: RelayParts): Pick<Handlers<PanelToHost>, "openView" | "nearest" | "explainWords" | "project"> {
  const { root, engine, datasets, provider, gone } = parts;
  let searching = new AbortController();
  const startSearch = (): AbortSignal => {
    searching.abort(new Error("Another search took its place"));
    searching = new AbortController();
    return searching.signal;
  };
  return {
    openView: async ({ search, ...view }, watching) => {
      const signal = AbortSignal.any([watching.signal, gone, ...(search === undefined ? [] : [startSearch()])]);
      const similarity = search === undefined ? undefined : await findSimilarities(parts, search, signal);
      return engine.store.call("openView", { ...view, root, ...(similarity === undefined ? {} : { similarity }) }, { signal });
    },
    nearest: (params, { signal }) =>
      engine.searcher.call("nearest", { ...params, root, provider: provider() }, { signal: AbortSignal.any([signal, gone]) }),
    explainWords: (params, { signal }) =>
      engine.searcher.call("explainWords", { ...params, root, provider: provider() }, { signal: AbortSignal.any([signal, gone]) }),
    project: (params, { signal, onProgress }) => {
      // A projection takes long: it stands in nobody's way where no run is under way.
      const worker = datasets.get(root)?.run == null ? engine.runner : engine.searcher;
      const options = { signal: AbortSignal.any([signal, gone]), onProgress };
      return worker.call("project", { ...params, root, provider: provider() }, options);
    },
  };
}

type RewriteMethod = "chooseProvider" | "estimateRewrite" | "rewrite" | "followRewrite" | "cancelRewrite" | "proposeCaption";

function answerAboutRewrites({ root, engine, rewriteJobs, gone }: RelayParts): Pick<Handlers<PanelToHost>, RewriteMethod> {
  return {
    chooseProvider: () => rewriteJobs.chooseProvider(),
    estimateRewrite: (request, { signal }) => rewriteJobs.estimate({ ...request, root }, AbortSignal.any([signal, gone])),
    rewrite: async (request, watching) => {
      await rewriteJobs.start({ ...request, root });
      return await rewriteJobs.follow(root, watching);
    },
    followRewrite: (_, watching) => rewriteJobs.follow(root, watching),
    cancelRewrite: () => {
      rewriteJobs.cancel(root);
      return null;
    },
    proposeCaption: (proposal) => engine.store.call("proposeCaption", { ...proposal, root, author: "human" }),
  };
}

function findSimilarities({ root, engine, window, provider }: RelayParts, query: Search, signal: AbortSignal) {
  if (query.kind === "image") refuseUnchosen(window, query.path);
  return engine.searcher.call("similarities", { root, query, provider: provider() }, { signal });
}

type WindowMethod = "openFile" | "openTuneSample" | "pictureUri" | "choosePicture" | "chooseRecipe" | "confirm" | "report";

function answerFromWindow({ root, engine, window, log }: RelayParts): Pick<Handlers<PanelToHost>, WindowMethod> {
  return {
    openFile: async ({ sample, what, captionIndex }) => {
      const { path, captions } = await engine.store.call("inspect", { root, sample });
      const caption = captions.find((other) => other.captionIndex === captionIndex);
      if (what === "picture") {
        if (path === null) throw new Error(`The picture of ${sample} lies inside an archive and can't be opened by itself`);
        await window.openPicture(path);
      } else {
        if (caption === undefined) throw new Error(`${sample} has no caption ${captionIndex + 1} any more: refresh the list`);
        await window.openText(caption.file, caption.line);
      }
      return null;
    },
    openTuneSample: async (named) => {
      const { path } = await engine.store.call("findTuneSample", { root, ...named });
      await window.openPicture(path);
      return null;
    },
    pictureUri: async ({ sample }) => {
      const { path, format } = await engine.store.call("inspect", { root, sample });
      const uri = path === null ? undefined : window.pictureUri(path, format);
      return uri === undefined ? null : { uri };
    },
    choosePicture: async () => window.choose("picture"),
    chooseRecipe: async () => window.choose("recipe"),
    confirm: (question) => window.confirm(question),
    report: ({ message, detail }) => {
      log(message, detail);
      return null;
    },
  };
}

function answerFromDatasets({ root, datasets, readSnapshot }: RelayParts): Pick<Handlers<PanelToHost>, "ready" | "run" | "cancelRun"> {
  return {
    ready: () => readSnapshot(),
    run: async () => {
      await datasets.run(root);
      return null;
    },
    cancelRun: () => {
      datasets.cancelRun(root);
      return null;
    },
  };
}

function refuseUnchosen(window: PanelWindow, path: string): void {
  if (!window.mayRead(path)) throw new Error(`${path} was not chosen in this window: choose it again`);
}
