import type { SearchHit, SearchRequest } from "../../protocol/engineApi.ts";
import type { Env } from "../env.ts";
import type { Watch } from "../watch.ts";
import { highest } from "./placedVectors.ts";
import { openSearcher } from "./searcher.ts";
import { similarities } from "./similarities.ts";

/**
 * Finds the pictures nearest to a text, a picture or a sample by the encoder of the current analysis; equal scores come in the order of the
 * dataset. Throws `NotAnalysedError`, an EncoderError, or an error that says what is wrong with the picture.
 */
export async function search(env: Env, request: SearchRequest, { signal }: Watch): Promise<SearchHit[]> {
  const searcher = await openSearcher(env, request.root);
  try {
    const { values } = await similarities(searcher, request, signal);
    const names = await searcher.names();
    return Array.from(highest(values, request.limit), (row) => ({ sample: names[row]!, score: values[row]! }));
  } finally {
    await searcher.close();
  }
}
