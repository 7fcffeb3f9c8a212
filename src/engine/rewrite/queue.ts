import type { Options } from "../../core/prune/options.ts";
import type { Prompt } from "../../core/rewriters/prompt.ts";
import type { Rewriter, RewriteSubject } from "../../core/rewriters/rewriter.ts";
import { eachConcurrently } from "../store/concurrent.ts";
import type { AnswerStore } from "../store/answers.ts";
import { AnswerError, type Answerer } from "./answerSource.ts";

/** A caption of a job: what it is about, and how its picture is read when a prompt wants it; `hash` names the picture. */
export interface QueuedCaption<Key> {
  readonly key: Key;
  readonly subject: RewriteSubject;
  readonly picture: { readonly hash: string; readonly read: (signal: AbortSignal) => Promise<Uint8Array> } | undefined;
}

/** What came of a caption: proposals with the last prompt that led to them, nothing to do, or why there was no answer. */
export type Rewritten =
  | { readonly kind: "proposed"; readonly captions: readonly string[]; readonly prompt: Prompt | undefined }
  | { readonly kind: "skipped"; readonly why: string }
  | { readonly kind: "failed"; readonly reason: string };

/** How a job is carried out. `answerer` is undefined for rules. `onDone` is awaited before the caption counts as done, so that what it keeps is kept. */
export interface QueueOptions<Key> {
  readonly rewriter: Rewriter;
  readonly options: Options;
  readonly answerer: Answerer | undefined;
  readonly answers: AnswerStore;
  readonly concurrency: number;
  readonly signal: AbortSignal;
  readonly onDone: (caption: QueuedCaption<Key>, rewritten: Rewritten) => Promise<void>;
}

/** Answers that came from the model, and from before. */
export interface QueueCounts {
  readonly asked: number;
  readonly cached: number;
}

/**
 * Rewrites captions, so many at once. An answer is kept before it is used: whoever stops the job pays for none twice. A caption whose answer fails is told of and the
 * others go on, but where a server refuses, or fails so often in a row that nobody answers any more: then the job ends with the `AnswerError`.
 */
export async function runQueue<Key>(captions: readonly QueuedCaption<Key>[], queue: QueueOptions<Key>): Promise<QueueCounts> {
  const counts: Counting = { asked: 0, cached: 0, failedInARow: 0 };
  const stop = new AbortController();
  const signal = AbortSignal.any([queue.signal, stop.signal]);
  const failures: unknown[] = [];
  const work = async (caption: QueuedCaption<Key>): Promise<void> => {
    if (signal.aborted) return;
    try {
      await queue.onDone(caption, await rewriteOne(caption, { ...queue, signal }, counts));
    } catch (error) {
      failures.push(error);
      stop.abort(error);
    }
  };
  await eachConcurrently(captions, queue.concurrency, work);
  queue.signal.throwIfAborted();
  if (failures.length > 0) throw failures[0];
  return { asked: counts.asked, cached: counts.cached };
}

/** After so many failures without an answer between them nobody answers any more. */
const mostInARow = 16;

interface Counting {
  asked: number;
  cached: number;
  failedInARow: number;
}

async function rewriteOne<Key>({ subject, picture }: QueuedCaption<Key>, queue: QueueOptions<Key>, counts: Counting): Promise<Rewritten> {
  const { rewriter, options } = queue;
  const given: string[] = [];
  let prompt: Prompt | undefined;
  for (;;) {
    const step = rewriter.step(subject, options, given);
    if (step.kind === "skip") return { kind: "skipped", why: step.why };
    if (step.kind === "propose") return { kind: "proposed", captions: step.captions, prompt };
    prompt = step.prompt;
    const answer = await answerOnce(prompt, picture, { queue, counts });
    if (typeof answer !== "string") return { kind: "failed", reason: answer.reason };
    given.push(answer);
  }
}

/** An answer from before, else a new one, which is kept. */
async function answerOnce<Key>(
  prompt: Prompt,
  picture: QueuedCaption<Key>["picture"],
  { queue, counts }: { readonly queue: QueueOptions<Key>; readonly counts: Counting },
): Promise<string | { readonly reason: string }> {
  const { answerer, answers, signal } = queue;
  if (answerer === undefined) return { reason: "The preset needs a model: name one" };
  if (prompt.picture && picture === undefined) return { reason: "The picture can't be read" };
  const question = { model: answerer.model, prompt, pictureHash: prompt.picture ? picture?.hash : undefined };
  const known = answers.find(question);
  if (known !== undefined) {
    counts.cached += 1;
    return known;
  }
  const bytes = prompt.picture ? await picture?.read(signal).catch((error: unknown) => toldOf(error, signal)) : undefined;
  if (typeof bytes === "string") return { reason: bytes };
  try {
    const answer = await answerer.answer({ prompt, picture: bytes }, signal);
    counts.asked += 1;
    counts.failedInARow = 0;
    await answers.keep(question, answer);
    return answer;
  } catch (error) {
    if (!(error instanceof AnswerError) || error.failure === "refused" || (counts.failedInARow += 1) >= mostInARow) throw error;
    return { reason: error.message };
  }
}

function toldOf(error: unknown, signal: AbortSignal): string {
  signal.throwIfAborted();
  return error instanceof Error ? error.message : String(error);
}
