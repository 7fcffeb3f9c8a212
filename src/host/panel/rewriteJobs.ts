import type { ChosenProvider } from "../../protocol/panelApi.ts";
import type {
  AnswerSource,
  KeylessSource,
  PageRewriteRequest,
  RewriteEstimate,
  RewriteProgress,
  RewriteReport,
} from "../../protocol/rewrites.ts";
import type { Watching } from "../../protocol/rpc.ts";
import type { StoreApi } from "../../protocol/storeApi.ts";
import type { Caller } from "../engineClient.ts";

/** What jobs of rewriting are made with. */
export interface RewriteJobsParts {
  readonly store: Caller<StoreApi>;
  /** Lets the person choose who writes captions anew. */
  readonly chooseProvider: () => Promise<ChosenProvider | null>;
  /** Adds what is secret to a source that the person chose. */
  readonly withKey: (source: KeylessSource) => Promise<AnswerSource>;
  /** How much is asked at once, and how large pictures go along, where a page says nothing. */
  readonly limits: () => Required<Pick<PageRewriteRequest, "concurrency" | "pictureSide">>;
}

/** A page's request with its dataset. */
export type PanelRewriteRequest = PageRewriteRequest & { readonly root: string };

/** Jobs of rewriting that panels began, one a dataset. They outlive their pages, which VS Code throws away when they are hidden. */
export interface RewriteJobs {
  /** Lets the person choose who writes captions anew; what was chosen may be asked from then on. */
  chooseProvider(): Promise<ChosenProvider | null>;
  /** Rejects with a sentence for a source that wasn't chosen. */
  estimate(request: PanelRewriteRequest, signal: AbortSignal): Promise<RewriteEstimate>;
  /** Begins a job. Rejects where one is under way already, and for a source that wasn't chosen. */
  start(request: PanelRewriteRequest): Promise<void>;
  /** Waits for the job of a dataset; null where there is none, or it was stopped. How one ended is told once, to a page that is still there. */
  follow(root: string, watching: Watching<RewriteProgress>): Promise<RewriteReport | null>;
  cancel(root: string): void;
}

interface Job {
  readonly stop: AbortController;
  readonly followers: Set<(progress: RewriteProgress) => void>;
  readonly done: Promise<RewriteReport | null>;
  progress: RewriteProgress | undefined;
  isOver: boolean;
}

/** Makes the jobs; none is under way at first. */
export function createRewriteJobs({ store, chooseProvider, withKey, limits }: RewriteJobsParts): RewriteJobs {
  const jobs = new Map<string, Job>();
  const chosen = new Map<string, KeylessSource>();
  const keyed = async (request: PanelRewriteRequest) => {
    const source = request.source.kind === "none" ? ({ kind: "none" } as const) : chosen.get(keyOf(request.source));
    if (source === undefined) throw new Error("Who writes the captions was not chosen in this window: choose again");
    return { ...limits(), ...request, source: await withKey(source) };
  };
  return {
    chooseProvider: async () => {
      const provider = await chooseProvider();
      if (provider !== null) chosen.set(keyOf(provider.source), provider.source);
      return provider;
    },
    estimate: async (request, signal) => await store.call("estimateRewrite", await keyed(request), { signal }),
    start: async (request) => {
      const whole = await keyed(request);
      if (jobs.get(request.root)?.isOver === false)
        throw new Error("Captions of this dataset are being rewritten already: wait, or stop it");
      jobs.set(
        request.root,
        startJob((options) => store.call("rewrite", whole, options)),
      );
    },
    follow: async (root, { signal, onProgress }) => {
      const job = jobs.get(root);
      if (job === undefined) return null;
      if (job.progress !== undefined) onProgress(job.progress);
      job.followers.add(onProgress);
      try {
        return await job.done;
      } finally {
        job.followers.delete(onProgress);
        if (!signal.aborted && jobs.get(root) === job) jobs.delete(root);
      }
    },
    cancel: (root) => jobs.get(root)?.stop.abort(new Error("Rewriting was stopped")),
  };
}

type Work = (options: { signal: AbortSignal; onProgress: (progress: RewriteProgress) => void }) => Promise<RewriteReport>;

function startJob(work: Work): Job {
  const stop = new AbortController();
  const followers: Job["followers"] = new Set();
  const onProgress = (progress: RewriteProgress): void => {
    job.progress = progress;
    for (const follower of followers) follower(progress);
  };
  const done = work({ signal: stop.signal, onProgress })
    .catch((error: unknown) => {
      if (stop.signal.aborted) return null;
      throw error;
    })
    .finally(() => (job.isOver = true));
  done.catch(() => undefined); // told to who follows, now or later
  const job: Job = { stop, followers, done, progress: undefined, isOver: false };
  return job;
}

/** Equal sources are one, in whichever order their parts come. */
function keyOf(source: KeylessSource): string {
  return JSON.stringify(Object.entries(source).sort(([left], [right]) => (left < right ? -1 : 1)));
}
