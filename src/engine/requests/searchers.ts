import type { Env } from "../env.ts";
import { findGeneration } from "../store/generations.ts";
import { createLanes } from "./lanes.ts";
import type { Searcher } from "./searcher.ts";
import { openSearcher } from "./searcher.ts";

/** Keeps a searcher open between questions. */
export interface Searchers {
  /**
   * Asks the searcher of the dataset's current analysis, one question after the other: a warm one where the last question was about the
   * same, else a new one. Throws as `openSearcher` does, and the signal's reason.
   */
  ask<Answer>(root: string, signal: AbortSignal, question: (searcher: Searcher) => Promise<Answer>): Promise<Answer>;
  close(): Promise<void>;
}

/** A searcher that nobody asks for so long gives its memory back. */
const defaultIdleMs = 5 * 60_000;

/** Makes a place for one searcher: of two datasets asked in turn each pays for opening, and memory is bounded by one. */
export function createSearchers(env: Env, idleMs = defaultIdleMs): Searchers {
  const lane = createLanes(1);
  let open: { readonly key: string; readonly searcher: Searcher } | undefined;
  let idle: NodeJS.Timeout | undefined;
  const close = async (): Promise<void> => {
    clearTimeout(idle);
    const closing = open?.searcher;
    open = undefined;
    await closing?.close();
  };
  const find = async (root: string): Promise<Searcher> => {
    const key = `${root}\n${(await findGeneration(env, root))?.id ?? ""}`;
    if (open?.key === key) return open.searcher;
    await close();
    const searcher = await openSearcher(env, root);
    open = { key: `${root}\n${searcher.generation.id}`, searcher };
    return searcher;
  };
  const closeInTurn = (): Promise<void> => lane.run(new AbortController().signal, close);
  return {
    ask: (root, signal, question) =>
      lane.run(signal, async () => {
        clearTimeout(idle);
        try {
          return await question(await find(root));
        } finally {
          // It must not keep the process alive.
          idle = setTimeout(() => void closeInTurn().catch(() => undefined), idleMs).unref();
        }
      }),
    close: closeInTurn,
  };
}
