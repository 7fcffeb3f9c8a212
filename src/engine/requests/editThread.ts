import { Worker } from "node:worker_threads";
import type { EditContext } from "../../core/captions/operations/operation.ts";
import type { GivenOperation } from "../../core/captions/operations/operations.ts";
import type { Env } from "../env.ts";

/** A caption as the thread of an operation gets it. */
export interface SurveyedCaption {
  readonly text: string;
  readonly context: EditContext;
}

/** What an operation makes of a caption; tokens are null where nobody counts, or nothing changed. */
export interface EditedText {
  readonly text: string;
  readonly tokensBefore: number | null;
  readonly tokensAfter: number | null;
}

/** With what the thread of an operation is started. `encoder` is where the tokenizer is, and the id that the encoder there must have; null where nobody counts tokens. */
export interface EditWorkerData extends GivenOperation {
  readonly cacheFolder: string;
  readonly dataFolder: string;
  readonly encoder: { readonly folder: string; readonly id: string } | null;
}

/** To the thread of an operation: captions to look at first, or to change. */
export interface EditTask {
  readonly kind: "survey" | "edit";
  readonly captions: readonly SurveyedCaption[];
}

/** From the thread: it is ready, it refuses the operation's options, it did a task (of a survey nothing comes back), or a line of the log. */
export type EditReply =
  | { readonly kind: "ready"; readonly tokenLimit: number | null; readonly surveys: boolean }
  | { readonly kind: "refused"; readonly message: string }
  | { readonly kind: "done"; readonly edited: readonly EditedText[] }
  | { readonly kind: "log"; readonly tag: string; readonly text: string };

/** A thread that does one operation. `surveys` says whether all captions must be seen before the first is changed. */
export interface EditThread {
  readonly tokenLimit: number | null;
  readonly surveys: boolean;
  /** Does a task on at most some hundred captions. Rejects, with the thread gone, where that takes too long. */
  run(task: EditTask): Promise<readonly EditedText[]>;
  close(): Promise<void>;
}

/** The options of an operation, or the captions that it would be done to, don't fit it. */
export class EditError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "EditError";
  }
}

/** How long a task may take: a plain pattern needs milliseconds. */
const taskMs = 5_000;

// The bundle has the worker's program as a file beside its own.
const workerUrl = new URL(import.meta.url.endsWith(".ts") ? "./editWorker.ts" : "./editWorker.js", import.meta.url);

/**
 * Starts a thread for an operation. A person's pattern can take for ever on a caption, and nothing but the end of its thread stops it. Throws `EditError` where the
 * operation's options are wrong.
 */
export async function openEditThread(
  env: Env,
  data: Omit<EditWorkerData, "cacheFolder" | "dataFolder">,
  limits: { readonly taskMs: number } = { taskMs },
): Promise<EditThread> {
  const workerData: EditWorkerData = { ...data, cacheFolder: env.cacheFolder, dataFolder: env.dataFolder };
  const worker = new Worker(workerUrl, { workerData });
  let [waiting, reason]: [Waiting | undefined, string] = [undefined, "it ended"];
  worker.on("message", (reply: EditReply) => {
    if (reply.kind === "log") env.log(reply.tag, reply.text);
    else waiting?.resolve(reply);
  });
  worker.on("error", (error: Error) => (reason = error.message));
  worker.on("exit", () => waiting?.reject(new Error(`The thread of the operation is gone: ${reason}`)));
  const reply = (): Promise<EditReply> => new Promise((resolve, reject) => (waiting = { resolve, reject }));
  const opened = await reply();
  if (opened.kind !== "ready") {
    await worker.terminate();
    throw new EditError(opened.kind === "refused" ? opened.message : "The thread of the operation gave an answer that nobody asked for");
  }
  return {
    tokenLimit: opened.tokenLimit,
    surveys: opened.surveys,
    run: async (task) => {
      const answer = reply();
      const timer = setTimeout(() => {
        waiting?.reject(new EditError(tooLong(data, limits.taskMs, task.captions.length)));
        void worker.terminate();
      }, limits.taskMs);
      worker.postMessage(task);
      const done = await answer.finally(() => clearTimeout(timer));
      return done.kind === "done" ? done.edited : [];
    },
    close: async () => {
      waiting = undefined;
      await worker.terminate();
    },
  };
}

interface Waiting {
  readonly resolve: (reply: EditReply) => void;
  readonly reject: (error: Error) => void;
}

function tooLong({ operation }: GivenOperation, ms: number, captions: number): string {
  return `${operation} took more than ${ms / 1000} s for ${captions} captions, and nothing was changed: a pattern that can match in very many ways does so, such as (a+)+; write it plainer`;
}
