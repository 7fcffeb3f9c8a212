import type { CancelSignal } from "../../core/neighbours/blocks.ts";
import type { SearchRequest } from "../../protocol/engineApi.ts";
import type { Searcher } from "./searcher.ts";

/** The cosine of every sample's picture with a query, a value a sample row of `generation`; NaN is unknown. */
export async function similarities(
  searcher: Searcher,
  { query, provider }: Pick<SearchRequest, "query" | "provider">,
  signal?: CancelSignal,
): Promise<{ generation: string; values: Float32Array }> {
  const vector = await searcher.vectorOf(query, provider);
  signal?.throwIfAborted();
  return { generation: searcher.generation.id, values: await searcher.similarities(vector, signal) };
}
