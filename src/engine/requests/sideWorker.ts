import { parentPort, workerData } from "node:worker_threads";
import type { CaptionTokens } from "../../protocol/inspection.ts";
import { defaultDecodeLimits } from "../decode/decodePicture.ts";
import { makePreviewSlowly } from "../decode/thumbnail.ts";
import type { Encoder } from "../encode/encoderFolder.ts";
import { findVariant, readEncoder } from "../encode/encoderFolder.ts";
import { countTokens } from "../encode/tokenCount.ts";
import { createCounters, type Env } from "../env.ts";
import { planCaptions, readCaptions } from "../write/captionPlans.ts";
import type { SideAnswers, SideReply, SideRequest, SideTask, SideWorkerData } from "./sideThread.ts";
import { handedOver } from "./sideThread.ts";

// The program of the side thread (see `askSideThread`).
const port = parentPort!;
const post = (reply: SideReply, transfer: readonly ArrayBuffer[] = []): void => port.postMessage(reply, transfer);
const env: Env = {
  ...(workerData as SideWorkerData),
  now: Date.now,
  log: (tag, text) => post({ kind: "log", tag, text }),
  counters: createCounters(),
};

let last: Promise<void> = Promise.resolve();
/** The encoder that was asked for last: a person looks at one dataset at a time. */
let known: { readonly folder: string; readonly encoder: Promise<Encoder> } | undefined;

port.on("message", ({ number, task }: SideRequest) => {
  last = last.then(async () => {
    try {
      const answered = await answer(task);
      post({ kind: "answer", number, answer: answered }, task.kind === "captions" ? handedOver(task.bytes) : []);
    } catch (error) {
      post({ kind: "error", number, message: error instanceof Error ? error.message : String(error) });
    }
  });
});

async function answer(task: SideTask): Promise<SideAnswers[keyof SideAnswers]> {
  switch (task.kind) {
    case "captions":
      return { plans: await planCaptions(env, bufferOf(task.bytes), task.asked), bytes: task.bytes };
    case "readCaptions":
      return await readCaptions(env, bufferOf(task.bytes), task.wanted);
    case "preview":
      return await makePreviewSlowly(bufferOf(task.bytes), task.shape, defaultDecodeLimits);
    case "tokens":
      return await cutTexts(task);
    case "tokenCounts":
      return await countTexts(task);
  }
}

function bufferOf({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

async function cutTexts({ texts, ...wanted }: Extract<SideTask, { kind: "tokens" }>): Promise<readonly CaptionTokens[] | null> {
  const encoder = await readKnown(wanted);
  const limit = encoder?.descriptor.contextLength ?? 0;
  if (encoder === undefined) return null;
  return texts.map((text) => {
    const { pieces, kept } = encoder.tokenizer.cut(text, limit);
    return { pieces, kept, limit };
  });
}

async function countTexts({ texts, limit, ...wanted }: Extract<SideTask, { kind: "tokenCounts" }>): Promise<SideAnswers["tokenCounts"]> {
  const encoder = await readKnown(wanted);
  if (encoder === undefined) return null;
  const counting = { tokenizer: encoder.tokenizer, contextLength: encoder.descriptor.contextLength, limit };
  return texts.map((text) => countTokens(text, counting));
}

/** Undefined where the folder no longer holds that encoder. */
async function readKnown({ folder, encoder: id }: { readonly folder: string; readonly encoder: string }): Promise<Encoder | undefined> {
  if (known?.folder !== folder) known = { folder, encoder: readEncoder(env, folder) };
  const reading = known.encoder;
  const encoder = await reading.catch((error: unknown) => {
    if (known?.encoder === reading) known = undefined;
    env.log("inspect.tokens", `${folder} can't be asked for tokens: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  });
  if (encoder !== undefined && findVariant(encoder, id) !== undefined) return encoder;
  known = undefined; // the folder may be put right
  return undefined;
}
