import { diffWordsWithSpace } from "diff";
import { operations } from "../../src/core/captions/operations/operations.ts";
import { findHolds, type AcceptRule, type RewriteMeasure } from "../../src/core/rewriters/accept.ts";
import { compareCaptions } from "../../src/core/rewriters/comparison.ts";
import { rewriters } from "../../src/core/rewriters/rewriters.ts";
import type { AppliedEdit, DiffPart, EditCaptionsRequest, EditPreview } from "../../src/protocol/captionEdits.ts";
import type { PageRewriteRequest, ListedRewrite, RewriteReport, RewriteState } from "../../src/protocol/rewrites.ts";
import { inspectionOf, nearestOf } from "./answers.ts";
import { createFakeHost, type FakeHost } from "./fakeHost.ts";
import { makeUp, type MadeUp } from "./madeUp.ts";

/** An extension whose captions can be edited, rewritten and written anew. */
export interface CaptionsHost {
  readonly fake: FakeHost;
  readonly made: MadeUp;
  readonly texts: Map<number, string>;
  readonly rewrites: StoredProposal[];
  readonly edits: Omit<EditCaptionsRequest, "root">[];
  readonly jobs: PageRewriteRequest[];
  readonly undone: string[];
  /** Ends the job of rewriting that is under way. */
  endJob: (report: RewriteReport) => void;
  /** The reason for which captions can't be proposed now. */
  problem: string | undefined;
}

/** A proposal before it is listed. */
export interface StoredProposal {
  readonly id: string;
  readonly pair: number;
  readonly before: string;
  readonly after: string;
  readonly preset: string;
  readonly author: string;
  readonly score: number;
  state: RewriteState;
}

const limit = 77;

/** Makes such an extension for 600 pictures with two captions each. */
export function createCaptionsHost(): CaptionsHost {
  const made = makeUp(600, 2);
  const steps: { operation: string; back: () => void }[] = [];
  const act = (operation: string, back: () => void): string => {
    steps.push({ operation, back });
    host.fake.onChange();
    return operation;
  };
  const textOf = (pair: number): string => host.texts.get(pair) ?? made.textOf(pair);
  const fake = createFakeHost(made, {
    listEditOperations: () => operations.map(({ id, title, about, unit, options }) => ({ id, title, about, unit, options })),
    previewEdit: ({ from, limit: count, ...asked }) => previewOf(host, asked, { from, count }),
    applyEdit: (asked) => {
      host.edits.push(asked);
      const preview = previewOf(host, asked, { from: 0, count: 1200 });
      const before = new Map(host.texts);
      for (const { sample, captionIndex, after } of preview.rows) host.texts.set(2 * rowOfName(sample) + captionIndex!, after);
      return {
        ...preview,
        operation: act(`edit${steps.length}`, () => restore(host.texts, before)),
        applied: preview.changed - 1,
        left: 1,
        leftCaptions: [
          { file: "/made-up/a.txt", sample: "pictures/0000001.jpg", captionIndex: 0, reason: "its file says something else by now" },
        ],
      } satisfies AppliedEdit;
    },
    undo: ({ operation }) => {
      const at = operation === undefined ? steps.length - 1 : steps.findIndex((step) => step.operation === operation);
      const [step] = steps.splice(at, 1);
      step?.back();
      host.undone.push(step?.operation ?? "nothing");
      host.fake.onChange();
      return { operation: "u", undone: step === undefined ? [] : [step.operation], restored: 1, left: [] };
    },
    listRewriters: () => rewriters.map(({ source, ...rewriter }) => listedRewriter(rewriter, source)),
    chooseProvider: () => ({ source: { kind: "host", model: "made/up" }, label: "Made-up model" }),
    estimateRewrite: ({ scope, source }) => ({
      ...{ total: scope.kind === "dataset" ? 1200 : 12, frozen: 3, machine: 0, skipped: 2, captions: scope.kind === "dataset" ? 1195 : 7 },
      ...(source.kind === "none"
        ? { calls: 0, cached: 0, pictures: 0, inputTokens: 0, outputTokens: 0 }
        : { calls: 1000, cached: 195, pictures: 1000, inputTokens: 123_456, outputTokens: 128_000 }),
    }),
    rewrite: (request, { onProgress }) => {
      host.jobs.push(request);
      onProgress({ done: 300, total: 1195 });
      return new Promise((resolve) => {
        host.endJob = resolve;
        cancel = () => resolve(null);
      });
    },
    followRewrite: () => null,
    cancelRewrite: () => {
      cancel();
      return null;
    },
    listRewrites: ({ state, passing, order, from, limit: count, rule }) => {
      const all = host.rewrites.map((stored) => listed(host, stored, rule ?? { delta: 0, allowAdded: false }));
      const chosen = all.filter(
        (one) => (state === undefined || one.state === state) && (passing === undefined || passing === (one.holds.length === 0)),
      );
      if (order === "mostGain") chosen.sort((left, right) => right.measure!.scoreAfter - left.measure!.scoreAfter);
      const countOf = (wanted: RewriteState): number => all.filter((one) => one.state === wanted).length;
      return {
        rewrites: chosen.slice(from, from + count),
        count: chosen.length,
        counts: { proposed: countOf("proposed"), accepted: countOf("accepted"), rejected: countOf("rejected"), stale: countOf("stale") },
        acceptable: all.filter((one) => one.state === "proposed" && one.holds.length === 0).length,
      };
    },
    acceptRewrites: ({ choice }) => {
      const chosen = host.rewrites.filter((one) =>
        choice.kind === "ids" ? choice.ids.includes(one.id) : one.state === "proposed" && listed(host, one, choice.rule).holds.length === 0,
      );
      const open = chosen.filter(({ pair, before }) => textOf(pair) === before);
      for (const one of open) {
        one.state = "accepted";
        host.texts.set(one.pair, one.after);
      }
      const back = (): void => {
        for (const one of open) {
          one.state = "proposed";
          host.texts.set(one.pair, one.before);
        }
      };
      const left = chosen
        .filter((one) => !open.includes(one))
        .map(({ id, pair }) => ({ id, sample: nameOf(pair), reason: "says something else by now" }));
      return { operation: open.length === 0 ? null : act(`accept${steps.length}`, back), accepted: open.length, passed: 0, left };
    },
    rejectRewrites: ({ ids }) => ({ rejected: setState(host, ids, "rejected") }),
    reopenRewrites: ({ ids }) => ({ reopened: setState(host, ids, "proposed") }),
    proposeCaption: ({ sample, captionIndex, caption, preset }) => {
      if (host.problem !== undefined) throw new Error(host.problem);
      const pair = 2 * rowOfName(sample) + captionIndex;
      const stored: StoredProposal = {
        ...{ id: `own${host.rewrites.length}`, pair, before: textOf(pair), after: caption, preset, author: "human", score: 0.3 },
        state: "proposed",
      };
      host.rewrites.push(stored);
      return { rewrite: listed(host, stored, { delta: 0, allowAdded: false }), unmeasured: null };
    },
    drawWorksheet: ({ count, seed }) =>
      Array.from({ length: count }, (_, at) => ({
        sample: nameOf(((at * 37 + seed) % 600) * 2),
        captionIndex: 0,
        captionHash: `hash${at}`,
      })),
    nearest: ({ sample, limit: count }) => {
      const { images, captions } = nearestOf(made, rowOfName(sample));
      return { images: images.slice(0, count), captions: captions.slice(0, count) };
    },
    inspect: ({ sample }) => inspectionOf(made, rowOfName(sample)),
  });
  let cancel = (): void => undefined;
  const plain = fake.snapshot.bind(fake);
  let version = 100;
  fake.snapshot = () => {
    const snapshot = plain();
    const [last] = steps.slice(-1);
    const undoable =
      last === undefined
        ? null
        : { operation: last.operation, time: "", by: "person", kind: "caption", summary: last.operation, files: 1, state: "done" as const };
    return { ...snapshot, version: version++, overview: { ...snapshot.overview, undoable, state: `captions ${version}` } };
  };
  const host: CaptionsHost = {
    ...{ fake, made, texts: new Map(), rewrites: [], edits: [], jobs: [], undone: [] },
    endJob: () => undefined,
    problem: undefined,
  };
  return host;
}

/** The name of the picture of a pair. */
export function nameOf(pair: number): string {
  return `pictures/${String(Math.floor(pair / 2)).padStart(7, "0")}.jpg`;
}

function rowOfName(sample: string): number {
  return Number(/(\d+)\.jpg$/.exec(sample)![1]);
}

function restore(texts: Map<number, string>, before: ReadonlyMap<number, string>): void {
  texts.clear();
  for (const [pair, text] of before) texts.set(pair, text);
}

function setState(host: CaptionsHost, ids: readonly string[], state: RewriteState): number {
  const chosen = host.rewrites.filter(({ id }) => ids.includes(id));
  for (const one of chosen) one.state = state;
  return chosen.length;
}

function diffOf(before: string, after: string): DiffPart[] {
  return diffWordsWithSpace(before, after).map(({ value, added, removed }) => ({
    kind: added ? "added" : removed ? "removed" : "same",
    text: value,
  }));
}

/** Plain replacing, and in the place of every other operation a word before. */
function previewOf(
  host: CaptionsHost,
  { scope, operation, options }: Omit<EditCaptionsRequest, "root">,
  { from, count }: { from: number; count: number },
): EditPreview {
  const find = String(options["find"] ?? "");
  if (find === "(") throw new Error("The pattern can't be read: a parenthesis is not closed");
  const pairs = Array.from({ length: scope.kind === "dataset" ? 1200 : 60 }, (_, pair) => pair);
  const edit = (text: string): string =>
    operation === "replace" ? text.replaceAll(find, String(options["with"] ?? "")) : `photo, ${text}`;
  const all = pairs.map((pair) => ({ pair, before: host.texts.get(pair) ?? host.made.textOf(pair) }));
  const changed = all.filter(({ before }) => edit(before) !== before);
  return {
    total: pairs.length,
    frozen: 5,
    fixed: 2,
    fixedReasons: ["it lies in an archive"],
    unchanged: pairs.length - changed.length - 7,
    changed: changed.length,
    files: changed.length,
    empty: 0,
    likeSibling: 1,
    overTokens: { limit, before: 0, after: 1 },
    rows: changed.slice(from, from + count).map(({ pair, before }) => ({
      sample: nameOf(pair),
      captionIndex: pair % 2,
      before,
      after: edit(before),
      diff: diffOf(before, edit(before)),
      tokensBefore: 9,
      tokensAfter: pair === 1 ? 80 : 10,
      flags: pair === 3 ? ["likeSibling"] : [],
    })),
  };
}

function listedRewriter(
  { id, title, about, needs, calls, options }: Omit<(typeof rewriters)[number], "source">,
  source: string | undefined,
) {
  return { id, title, about, source: source ?? null, needs, calls, options };
}

/** A proposal as the engine would list it. */
function listed(host: CaptionsHost, stored: StoredProposal, rule: AcceptRule): ListedRewrite {
  const { id, pair, before, after, preset, author, score, state } = stored;
  const comparison = compareCaptions(before, after);
  const measure: RewriteMeasure = {
    ...{ scoreBefore: 0.2, scoreAfter: score, rankBefore: 5, rankAfter: score > 0.2 ? 1 : 9, candidates: 1200 },
    ...{ tokensBefore: 9, tokensAfter: 11, tokenLimit: limit, unsupported: comparison.added.slice(0, 1) },
  };
  const current = host.texts.get(pair) ?? host.made.textOf(pair);
  return {
    ...{ id, sample: nameOf(pair), captionIndex: pair % 2, before, after, diff: diffOf(before, after), preset, author },
    state: state === "proposed" && current !== before ? "stale" : state,
    ...{ comparison, glitches: [], measure, holds: findHolds({ author: "import", glitches: [], comparison, measure }, rule) },
  };
}

/** Fills in proposals: every third passes the rule, every third adds a word, every third scores lower. */
export function seedProposals(host: CaptionsHost, count = 9): void {
  for (let at = 0; at < count; at += 1) {
    const pair = at * 14;
    const before = host.made.textOf(pair);
    const words = before.split(" ");
    const swapped = [words[0], words[2], words[1], ...words.slice(3)].join(" ");
    const after = at % 3 === 1 ? `${before} with a blue hat` : swapped;
    const score = at % 3 === 2 ? 0.15 : 0.25 + at / 100;
    host.rewrites.push({ id: `r${at}`, pair, before, after, preset: "laclip", author: "made/up", score, state: "proposed" });
  }
}
