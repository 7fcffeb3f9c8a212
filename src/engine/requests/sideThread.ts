import { Worker } from "node:worker_threads";
import type { TokenCount } from "../../core/captions/lints/lint.ts";
import type { CaptionTokens } from "../../protocol/inspection.ts";
import type { UndecodedPicture } from "../decode/decodePicture.ts";
import type { Preview, PreviewShape } from "../decode/thumbnail.ts";
import type { Env } from "../env.ts";
import type { WantedCaption } from "../../core/captions/edit.ts";
import type { CaptionPlan, FileChanges, ReadCaption } from "../write/captionPlans.ts";

/** What the side thread is asked. `encoder` is the id that the encoder in the folder must have. Bytes are handed over, not copied: nobody else has them then. */
export type SideTask =
  | { readonly kind: "captions"; readonly bytes: Uint8Array; readonly asked: FileChanges }
  | { readonly kind: "readCaptions"; readonly bytes: Uint8Array; readonly wanted: readonly WantedCaption[] }
  | { readonly kind: "preview"; readonly bytes: Uint8Array; readonly shape: PreviewShape }
  | { readonly kind: "tokens"; readonly folder: string; readonly encoder: string; readonly texts: readonly string[] }
  | {
      readonly kind: "tokenCounts";
      readonly folder: string;
      readonly encoder: string;
      readonly texts: readonly string[];
      readonly limit: number | null;
    };

/** What the side thread answers. */
export interface SideAnswers {
  /** With the bytes back. */
  readonly captions: { readonly plans: readonly CaptionPlan[]; readonly bytes: Uint8Array };
  readonly readCaptions: readonly ReadCaption[];
  readonly preview: Preview | UndecodedPicture;
  /** Null where the folder no longer holds that encoder. */
  readonly tokens: readonly CaptionTokens[] | null;
  /** Likewise. */
  readonly tokenCounts: readonly TokenCount[] | null;
}

/** With what the side thread is started. */
export interface SideWorkerData {
  readonly cacheFolder: string;
  readonly dataFolder: string;
}

/** To the side thread: a task by its number. */
export interface SideRequest {
  readonly number: number;
  readonly task: SideTask;
}

/** From the side thread: an answer, an error that ended a task, or a line of the log. */
export type SideReply =
  | { readonly kind: "answer"; readonly number: number; readonly answer: SideAnswers[keyof SideAnswers] }
  | { readonly kind: "error"; readonly number: number; readonly message: string }
  | { readonly kind: "log"; readonly tag: string; readonly text: string };

/**
 * Has a task done by the process' one side thread, which takes what would block the event loop for longer than the store may: pictures that sharp
 * can't decode by itself, tokenizers, and large tables of captions. It starts when it is first asked, does one task after the other, and keeps no process alive.
 */
export async function askSideThread<Kind extends SideTask["kind"]>(
  env: Env,
  task: Extract<SideTask, { kind: Kind }>,
): Promise<SideAnswers[Kind]> {
  const thread = threads.get(env) ?? startThread(env);
  thread.lastNumber += 1;
  const request: SideRequest = { number: thread.lastNumber, task };
  thread.worker.ref();
  return await new Promise<SideAnswers[Kind]>((resolve, reject) => {
    thread.pending.set(request.number, { resolve: (answer) => resolve(answer as SideAnswers[Kind]), reject });
    thread.worker.postMessage(request, "bytes" in task ? handedOver(task.bytes) : []);
  });
}

/** What can be handed over: small buffers lie in one that many share. */
export function handedOver(bytes: Uint8Array): ArrayBuffer[] {
  return bytes.buffer instanceof ArrayBuffer && bytes.byteLength === bytes.buffer.byteLength ? [bytes.buffer] : [];
}

interface Thread {
  readonly worker: Worker;
  readonly pending: Map<number, { resolve: (answer: unknown) => void; reject: (error: Error) => void }>;
  lastNumber: number;
}

const threads = new WeakMap<Env, Thread>();

// The bundle has the worker's program as a file beside its own.
const workerUrl = new URL(import.meta.url.endsWith(".ts") ? "./sideWorker.ts" : "./sideWorker.js", import.meta.url);

function startThread(env: Env): Thread {
  const workerData: SideWorkerData = { cacheFolder: env.cacheFolder, dataFolder: env.dataFolder };
  const thread: Thread = { worker: new Worker(workerUrl, { workerData }), pending: new Map(), lastNumber: 0 };
  threads.set(env, thread);
  let reason = "it ended";
  thread.worker.on("message", (reply: SideReply) => takeReply(env, thread, reply));
  thread.worker.on("error", (error: Error) => (reason = error.message));
  thread.worker.on("exit", () => {
    threads.delete(env);
    for (const { reject } of thread.pending.values()) reject(new Error(`The thread that was asked is gone: ${reason}`));
  });
  return thread;
}

function takeReply(env: Env, thread: Thread, reply: SideReply): void {
  if (reply.kind === "log") {
    env.log(reply.tag, reply.text);
    return;
  }
  const waiting = thread.pending.get(reply.number);
  thread.pending.delete(reply.number);
  if (thread.pending.size === 0) thread.worker.unref();
  if (reply.kind === "answer") waiting?.resolve(reply.answer);
  else waiting?.reject(new Error(reply.message));
}
