import { parentPort, workerData } from "node:worker_threads";
import type { EditTools, PreparedEdit } from "../../core/captions/operations/operation.ts";
import { prepareOperation } from "../../core/captions/operations/operations.ts";
import { readEncoder } from "../encode/encoderFolder.ts";
import { createCounters, type Env } from "../env.ts";
import type { EditedText, EditReply, EditTask, EditWorkerData, SurveyedCaption } from "./editThread.ts";

// The program of an operation's thread (see `openEditThread`).
const port = parentPort!;
const post = (reply: EditReply): void => port.postMessage(reply);
const { cacheFolder, dataFolder, encoder, ...given } = workerData as EditWorkerData;
const env: Env = {
  cacheFolder,
  dataFolder,
  now: Date.now,
  log: (tag, text) => post({ kind: "log", tag, text }),
  counters: createCounters(),
};

const tools = await createTools();
const prepared = prepareOperation(given, tools);
if (typeof prepared === "string") post({ kind: "refused", message: prepared });
else {
  port.on("message", ({ kind, captions }: EditTask) => {
    if (kind === "survey") for (const { text, context } of captions) prepared.survey?.(text, context);
    post({ kind: "done", edited: kind === "survey" ? [] : captions.map((caption) => editCaption(prepared, caption)) });
  });
  post({ kind: "ready", tokenLimit: tools.tokenLimit ?? null, surveys: prepared.survey !== undefined });
}

/** Nobody counts tokens where the folder no longer holds the encoder of the analysis. */
async function createTools(): Promise<EditTools> {
  if (encoder === null) return {};
  const read = await readEncoder(env, encoder.folder).catch((error: unknown) => {
    env.log("edit.tokens", `${encoder.folder} can't be asked for tokens: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  });
  if (read?.descriptor.id !== encoder.id) return {};
  const { contextLength } = read.descriptor;
  return {
    tokenLimit: contextLength,
    countTokens: (text) => read.tokenizer.tokenize([text], contextLength).lengths[0]!,
  };
}

function editCaption({ edit }: PreparedEdit, { text, context }: SurveyedCaption): EditedText {
  const edited = edit(text, context);
  if (edited === text || tools.countTokens === undefined) return { text: edited, tokensBefore: null, tokensAfter: null };
  return { text: edited, tokensBefore: tools.countTokens(text), tokensAfter: tools.countTokens(edited) };
}
