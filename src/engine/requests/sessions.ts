import { resolve } from "node:path";
import type { Env } from "../env.ts";
import { findGeneration } from "../store/generations.ts";
import { openHold } from "../store/holds.ts";
import { datasetCacheFolder } from "../store/statIndex.ts";
import type { AnalysedDataset, OpenRequest } from "./analysedDataset.ts";
import { NotAnalysedError, openGeneration, refreshState } from "./analysedDataset.ts";
import type { Shelf } from "./shelf.ts";
import { createShelf } from "./shelf.ts";
import { createTurns } from "./turns.ts";

/** Datasets that stay open between questions. */
export interface Sessions {
  /**
   * Does `action` with the dataset at `root` as it is now: opened anew where it was analysed again, with its state read anew where anybody changed
   * `.winnow`. It stays open while the action runs. A signal that fires while it waits for others ends the wait. Throws `NotAnalysedError`.
   */
  use<Result>(root: string, action: (dataset: AnalysedDataset) => Promise<Result>, signal?: AbortSignal): Promise<Result>;
  /** Closes what nobody uses, and the rest as soon as it is free. */
  close(): void;
}

/** How much stays open though nobody uses it at the moment: datasets, and their pairs together (some 300 MB a million). */
export interface SessionLimits {
  readonly datasets: number;
  readonly pairs: number;
}

interface Session {
  dataset: AnalysedDataset;
  uses: number;
  usedAt: number;
  /** No longer current: it is closed when its last user is done. */
  retired: boolean;
}

/** Makes sessions with nothing open. */
export function createSessions(env: Env, limits: SessionLimits = { datasets: 4, pairs: 3_000_000 }): Sessions {
  const open = new Map<string, Session>();
  const shelves = new Map<string, Shelf>();
  const turns = createTurns();
  const hold = openHold(env);
  let clock = 0;

  const retire = (key: string, session: Session): void => {
    open.delete(key);
    session.retired = true;
    if (session.uses === 0) session.dataset.close();
  };
  const release = (session: Session): void => {
    session.uses -= 1;
    if (session.retired && session.uses === 0) session.dataset.close();
    for (const [key, idle] of idleBeyond(open, limits)) retire(key, idle);
  };
  const take = async (key: string): Promise<Session> => {
    const generation = await findGeneration(env, key);
    const known = open.get(key);
    if (known !== undefined && known.dataset.generation !== generation?.id) retire(key, known);
    if (generation === undefined) throw new NotAnalysedError(key);
    const shelf = shelves.get(key);
    const current = shelf?.generation === generation.id ? shelf : createShelf(generation.id);
    shelves.set(key, current);
    const session = open.get(key) ?? (await openSession(env, { root: key, generation, warm: true, shelf: current }));
    open.set(key, session);
    session.uses += 1;
    session.usedAt = clock += 1;
    try {
      await hold.keep([...open.keys()].map((root) => datasetCacheFolder(env, root)));
      session.dataset = await refreshState(env, session.dataset);
    } catch (error) {
      release(session);
      throw error;
    }
    return session;
  };
  return {
    use: async (root, action, signal = new AbortController().signal) => {
      const session = await turns.take(resolve(root), signal, () => take(resolve(root)));
      try {
        return await action(session.dataset);
      } finally {
        release(session);
      }
    },
    close: () => {
      for (const [key, session] of [...open]) retire(key, session);
      void hold.release();
    },
  };
}

async function openSession(env: Env, request: OpenRequest): Promise<Session> {
  return { dataset: await openGeneration(env, request), uses: 0, usedAt: 0, retired: false };
}

/** Sessions that nobody uses and that are too many, the longest unused first. */
function idleBeyond(open: ReadonlyMap<string, Session>, limits: SessionLimits): [string, Session][] {
  const latestFirst = [...open].sort(([, left], [, right]) => right.usedAt - left.usedAt);
  let pairs = 0;
  return latestFirst.filter(([, { dataset, uses }], index) => {
    pairs += dataset.summary.captions;
    return uses === 0 && index > 0 && (index >= limits.datasets || pairs > limits.pairs);
  });
}
