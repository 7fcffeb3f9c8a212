import { join } from "node:path";
import { findGlitches } from "../../core/rewriters/glitches.ts";
import { rewriters } from "../../core/rewriters/rewriters.ts";
import type { ListedRewriter, RewriteEstimate, RewriteProgress, RewriteReport } from "../../protocol/rewrites.ts";
import type { Env } from "../env.ts";
import type { Answerer } from "../rewrite/answerSource.ts";
import { runQueue, type QueuedCaption, type Rewritten } from "../rewrite/queue.ts";
import { openAnswers, type AnswerStore } from "../store/answers.ts";
import { locateDataset, type DatasetPlace } from "../store/dotWinnow.ts";
import { createPause } from "../store/inTurns.ts";
import { lockDataset } from "../store/locks.ts";
import { appendRewrites, readRewrites, rewriteId, rewritesFolder, type ProposedRewrite } from "../store/rewrites.ts";
import type { AnalysedDataset } from "./analysedDataset.ts";
import { findPictures } from "./pictures.ts";
import { createPromptTokens } from "./promptTokens.ts";
import { readEvidence } from "./rewriteEvidence.ts";
import { openAnswerer, prepareJob, RewriteError, type AskedJob, type Asks, type RewriteJob } from "./rewriteJob.ts";
import { subjectOf, type RewriteItem } from "./rewriteItems.ts";
import { readRewritePicture } from "./rewritePicture.ts";

/** The rewriters, as forms are made from them. */
export function listRewriters(): ListedRewriter[] {
  return rewriters.map(({ id, title, about, source, needs, calls, options }) => ({
    id,
    title,
    about,
    source: source ?? null,
    needs,
    calls,
    options,
  }));
}

/** What a job would ask; no answer is asked for and nothing written. A model of the host's is had to count tokens by `asks`. Throws as `prepareJob` does. */
export async function estimateRewrite(
  env: Env,
  dataset: AnalysedDataset,
  asked: AskedJob,
  { signal, asks }: { readonly signal: AbortSignal; readonly asks?: Asks },
): Promise<RewriteEstimate> {
  const job = await prepareJob(env, dataset, asked, signal);
  const { rewriter, options, items, context, counts } = job;
  const answers = await openAnswers(env, await locateDataset(env, dataset.root));
  const isForeseen = rewriter.calls === 1 && !rewriter.needs.includes("evidence");
  const hashes = await pictureHashes(dataset, items);
  const sums = { captions: 0, cached: 0, pictures: 0, outputTokens: 0 };
  const tokens = createPromptTokens();
  const pause = createPause(env, signal);
  for (const item of items) {
    const pausing = pause();
    if (pausing !== undefined) await pausing;
    const step = rewriter.step(subjectOf(item, context, { sample: item.sample }), options, []);
    if (step.kind === "skip") continue;
    sums.captions += 1;
    if (step.kind !== "ask") continue;
    const { prompt } = step;
    const pictureHash = prompt.picture ? hashes.get(item.sample) : undefined;
    if (isForeseen && answers.find({ model: job.model, prompt, pictureHash }) !== undefined) {
      sums.cached += 1;
      continue;
    }
    if (prompt.picture) sums.pictures += 1;
    tokens.add(prompt, rewriter.calls);
    sums.outputTokens += rewriter.calls * prompt.answerTokens;
  }
  const { captions, cached, ...rest } = sums;
  return {
    ...counts,
    ...rest,
    captions,
    skipped: items.length - captions,
    calls: rewriter.calls * captions - cached,
    cached: isForeseen ? cached : null,
    ...(await tokens.count(env, asked.source, { asks, signal })),
  };
}

/** The longer side of pictures that go along, where nothing is said: most models look at no more. */
const defaultSide = 768;
const defaultConcurrency = 4;
/** Captions between two measures: enough for a batch of the encoder, few enough to see results soon. */
const captionsPerRound = 64;

/** How a job is stopped and followed. */
interface Watch {
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: RewriteProgress) => void;
}

/**
 * Rewrites the captions of a scope: asks, looks each answer over, keeps the proposals and measures them. Nothing of the dataset's files changes. Stopped or killed, the
 * next run goes on: answers that were had are not asked for again. Throws as `prepareJob` does, and `AnswerError` where the server refuses.
 */
export async function rewrite(
  env: Env,
  dataset: AnalysedDataset,
  asked: AskedJob,
  { asks, ...watch }: Watch & { asks: Asks },
): Promise<RewriteReport> {
  if (dataset.state.readOnly !== undefined) throw new Error(dataset.state.readOnly);
  const job = await prepareJob(env, dataset, asked, watch.signal);
  const place = await locateDataset(env, dataset.root);
  const lock = await lockDataset(join(await rewritesFolder(place), "job"), jobWaitMs).catch((error: unknown) => {
    throw new RewriteError(
      `Captions of ${dataset.root} are being rewritten already: ${error instanceof Error ? error.message : String(error)}`,
    );
  });
  const answerer = openAnswerer(env, asked.source, { captioner: job.captioner, asks });
  try {
    const work = await openWork(env, dataset, { job, place, answerer, asked, asks });
    await runRounds(work, watch);
    return reportOf(work);
  } finally {
    await answerer?.close();
    await lock.release();
  }
}

/** Two jobs at once would ask the same twice: the second waits for as long as the lock of a job that was killed takes to grow stale, and is then told. */
const jobWaitMs = 15_000;

interface WorkParts {
  readonly job: RewriteJob;
  readonly place: DatasetPlace;
  readonly answerer: Answerer | undefined;
  readonly asked: AskedJob;
  readonly asks: Asks;
}

/** A job that is being carried out, and what came of it so far. */
interface Work extends WorkParts {
  readonly env: Env;
  readonly dataset: AnalysedDataset;
  readonly answers: AnswerStore;
  readonly hashes: ReadonlyMap<string, string>;
  readonly known: Set<string>;
  readonly unmeasured: ProposedRewrite[];
  readonly failures: Map<string, number>;
  readonly sums: Record<"asked" | "cached" | "proposals" | "known" | "unchanged" | "glitches" | "measured" | "skipped", number>;
}

async function openWork(env: Env, dataset: AnalysedDataset, parts: WorkParts): Promise<Work> {
  const stored = await readRewrites(env, parts.place, dataset.summary.encoder.id);
  return {
    ...parts,
    env,
    dataset,
    answers: await openAnswers(env, parts.place),
    hashes: await pictureHashes(dataset, parts.job.items),
    known: new Set(stored.map(({ id }) => id)),
    unmeasured: stored.filter(({ measure, decision }) => measure === undefined && decision === undefined),
    failures: new Map(),
    sums: { asked: 0, cached: 0, proposals: 0, known: 0, unchanged: 0, glitches: 0, measured: 0, skipped: 0 },
  };
}

async function runRounds(work: Work, { signal, onProgress }: Watch): Promise<void> {
  const { items, rewriter, options } = work.job;
  const total = items.length;
  let done = 0;
  onProgress?.({ done, total });
  for (let from = 0; from < total; from += captionsPerRound) {
    const some = items.slice(from, from + captionsPerRound);
    const counts = await runQueue(await queuedOf(work, some, signal), {
      rewriter,
      options,
      answerer: work.answerer,
      answers: work.answers,
      concurrency: work.asked.concurrency ?? defaultConcurrency,
      signal,
      onDone: async (caption, rewritten) => {
        await keep(work, caption, rewritten);
        onProgress?.({ done: (done += 1), total });
      },
    });
    work.sums.asked += counts.asked;
    work.sums.cached += counts.cached;
    await measure(work, signal);
  }
  await measure(work, signal);
}

async function queuedOf(work: Work, items: readonly RewriteItem[], signal: AbortSignal): Promise<QueuedCaption<RewriteItem>[]> {
  const { env, dataset, job, hashes, asked, asks } = work;
  const evidence = job.rewriter.needs.includes("evidence") ? await readEvidence(dataset, items, asks, signal) : undefined;
  return items.map((item, at) => {
    const { sample } = item;
    const hash = hashes.get(sample);
    const side = asked.pictureSide ?? defaultSide;
    return {
      key: item,
      subject: subjectOf(item, job.context, { sample, evidence: evidence?.[at] }),
      picture: hash === undefined ? undefined : { hash, read: (stopping) => readRewritePicture(env, dataset, { sample, side }, stopping) },
    };
  });
}

/** Keeps the proposals of a caption. */
async function keep(work: Work, { key: item, subject }: QueuedCaption<RewriteItem>, rewritten: Rewritten): Promise<void> {
  const { env, place, job, sums, failures, known } = work;
  if (rewritten.kind === "skipped") sums.skipped += 1;
  if (rewritten.kind === "failed") failures.set(rewritten.reason, (failures.get(rewritten.reason) ?? 0) + 1);
  if (rewritten.kind !== "proposed") return;
  const { rewriter, options } = job;
  const author = rewriter.calls === 0 ? `rule:${rewriter.id}` : job.model;
  const shown = [...subject.examples.map(({ target }) => target), ...subject.lookalikes, subject.nearestWrong ?? ""].filter(
    (text) => text !== "",
  );
  const proposed: ProposedRewrite[] = [];
  const told = rewritten.captions.filter((after) => after.trim() !== "");
  if (told.length === 0) failures.set(noCaption, (failures.get(noCaption) ?? 0) + 1);
  for (const after of told) {
    const own = { sample: item.sample, captionIndex: item.captionIndex, before: item.text, after, preset: rewriter.id, author };
    const id = rewriteId(own);
    if (after === item.text) sums.unchanged += 1;
    else if (known.has(id)) sums.known += 1;
    else {
      const context = { before: item.text, instruction: rewritten.prompt?.instruction, shown, language: rewriter.language?.(options) };
      proposed.push({ id, ...own, glitches: rewriter.calls === 0 ? [] : findGlitches(after, context) });
      known.add(id);
    }
  }
  const time = new Date(env.now()).toISOString();
  await appendRewrites(
    env,
    place,
    proposed.map((one) => ({ event: "proposed", ...one, time })),
  );
  sums.proposals += proposed.length;
  sums.glitches += proposed.filter(({ glitches }) => glitches.length > 0).length;
  work.unmeasured.push(...proposed);
}

const noCaption = "The model gave no caption";

/** Measures what was proposed; where the encoder is not to be had the proposals wait, and a person is told. */
async function measure(work: Work, signal: AbortSignal): Promise<void> {
  const { env, dataset, place, asks, unmeasured, failures, sums } = work;
  const some = unmeasured.splice(0);
  if (some.length === 0) return;
  const items = some.map(({ sample, before, after }) => ({ sample, before, after }));
  try {
    const measures = await asks.call("measureTexts", { root: dataset.root, items, provider: "auto" }, { signal });
    const encoder = dataset.summary.encoder.id;
    await appendRewrites(
      env,
      place,
      some.map(({ id }, at) => ({ event: "measured", id, encoder, measure: measures[at]! })),
    );
    sums.measured += some.length;
  } catch (error) {
    signal.throwIfAborted();
    failures.set(`Proposals could not be measured: ${error instanceof Error ? error.message : String(error)}`, some.length);
  }
}

function reportOf({ job, sums, failures, answerer }: Work): RewriteReport {
  const { skipped, ...rest } = sums;
  return {
    ...job.counts,
    ...rest,
    skipped,
    captions: job.items.length - skipped,
    retries: answerer?.retries() ?? 0,
    failures: [...failures].map(([reason, count]) => ({ reason, count })),
  };
}

async function pictureHashes(dataset: AnalysedDataset, items: readonly RewriteItem[]): Promise<Map<string, string>> {
  const hashes = new Map<string, string>();
  const samples = [...new Set(items.map(({ sample }) => sample))];
  for (let from = 0; from < samples.length; from += samplesAtOnce)
    for (const picture of await findPictures(dataset, samples.slice(from, from + samplesAtOnce)))
      if (picture?.contentHash !== undefined) hashes.set(picture.sample, picture.contentHash);
  return hashes;
}

const samplesAtOnce = 1000;
