import { search } from "../engine/requests/search.ts";
import type { Query } from "../protocol/engineApi.ts";
import { ensureAnalysed } from "./analysed.ts";
import type { Call, Command, ExitCode } from "./command.ts";
import { exitCodes, numberOption, textOption, UsageError } from "./command.ts";
import { runOptions, runRequestFromWords } from "./run.ts";

/** `winnow search`: pictures nearest to a text, to a picture's file, or to a sample. */
export const searchCommand: Command = {
  name: "search",
  operands: "<folder>",
  summary: "find the pictures nearest to a text or to a picture",
  options: {
    ...runOptions,
    text: { type: "string", value: "words", help: "what to look for" },
    image: { type: "string", value: "file", help: "a picture to look for the like of" },
    sample: { type: "string", value: "sample", help: "a sample of the dataset to look for the like of" },
    limit: { type: "string", value: "n", help: "how many (20)" },
  },
  run: searchDataset,
};

async function searchDataset(call: Call): Promise<ExitCode> {
  const query = queryFromWords(call);
  const limit = numberOption(call.words, "limit") ?? 20;
  if (!Number.isSafeInteger(limit) || limit < 1) throw new UsageError("Expected a whole number from 1 for --limit");
  const root = await ensureAnalysed(call);
  const { provider } = runRequestFromWords(call.words);
  const hits = await search(call.env, { root, query, limit, provider }, { signal: call.signal, onProgress: call.onProgress });
  call.print(call.json ? JSON.stringify(hits) : hits.map((hit) => `${hit.score.toFixed(4)}  ${hit.sample}`).join("\n"));
  return exitCodes.done;
}

function queryFromWords(call: Call): Query {
  const text = textOption(call.words, "text");
  const path = textOption(call.words, "image");
  const sample = textOption(call.words, "sample");
  const queries: Query[] = [
    ...(text === undefined ? [] : [{ kind: "text", text } as const]),
    ...(path === undefined ? [] : [{ kind: "image", path } as const]),
    ...(sample === undefined ? [] : [{ kind: "sample", sample } as const]),
  ];
  const [query] = queries;
  if (query === undefined || queries.length > 1) throw new UsageError("Expected one of --text, --image and --sample");
  return query;
}
