import { numberOption, textOption, type Options } from "../prune/options.ts";
import type { Severity } from "../problem.ts";
import { findingTitles } from "./findings.ts";
import type { PictureSize, ReadEvent, Trainer, TrainerFindingCode } from "./trainer.ts";

/** Findings of one kind: how many, and the first of them. */
export interface CountedFinding {
  readonly code: TrainerFindingCode;
  readonly severity: Severity;
  readonly title: string;
  readonly count: number;
  readonly examples: readonly { readonly file: string; readonly message: string }[];
}

/**
 * What a trainer would read from a folder, in counts. `shown` counts pictures with their repeats, once an epoch. `stops` is the first thing on which the
 * trainer ends with an error. What is null doesn't apply to the trainer or wasn't asked for; `tooLong.over` is null where nobody counted tokens.
 */
export interface TrainerDryRun {
  readonly trainer: string;
  readonly source: string;
  readonly options: Options;
  readonly images: number;
  readonly captions: number;
  readonly withoutText: number;
  readonly shown: number;
  readonly sets: readonly { readonly name: string; readonly images: number; readonly repeats: number }[];
  readonly steps: { readonly perEpoch: number; readonly total: number } | null;
  readonly sizes: readonly { readonly width: number; readonly height: number; readonly images: number; readonly upscaled: number }[] | null;
  readonly trigger: { readonly word: string; readonly with: number; readonly without: number } | null;
  readonly tooLong: { readonly limit: number; readonly over: number | null; readonly countedBy: string | null } | null;
  readonly stops: string | null;
  readonly findings: readonly CountedFinding[];
}

/** Counts the tokens of texts, special ones left out. */
export interface TokenCounter {
  readonly name: string;
  readonly count: (texts: readonly string[]) => Int32Array;
}

/** What is counted so far; `add` takes the events of a reading in their order. */
export interface DryRunTally {
  add(event: ReadEvent): void;
  result(): TrainerDryRun;
}

const examplesShown = 5;
const textsATime = 512;

/** Makes a tally for one reading of a folder. Throws a `RangeError` where the trainer's options contradict each other. */
export function createTally(trainer: Trainer, options: Options, tokens?: TokenCounter): DryRunTally {
  const sizeFor = trainer.sizeFor?.(options);
  if (typeof sizeFor === "string") throw new RangeError(sizeFor);
  const parts = [createCounts(), createFindings(), createTexts(options, tokens)] as const;
  const [counts, findings, texts] = parts;
  const sizes = sizeFor === undefined ? undefined : createSizes(sizeFor);
  return {
    add: (event) => {
      for (const part of parts) part.add(event);
      sizes?.add(event);
    },
    result: () => {
      const counted = counts.result();
      const perEpoch = trainer.batches?.(sizes?.filled() ?? [counted.shown], numberOption(options, "batchSize") ?? 1);
      const steps = perEpoch === undefined ? null : { perEpoch, total: perEpoch * (numberOption(options, "epochs") ?? 1) };
      const about = { trainer: trainer.id, source: trainer.source, options };
      return { ...about, ...counted, steps, sizes: sizes?.result() ?? null, ...texts.result(), ...findings.result() };
    },
  };
}

function createCounts(): {
  add: (event: ReadEvent) => void;
  result: () => Pick<TrainerDryRun, "images" | "captions" | "withoutText" | "shown" | "sets">;
} {
  const sets = new Map<string, { name: string; images: number; repeats: number }>();
  let [images, captions, withoutText, shown] = [0, 0, 0, 0];
  return {
    add: (event) => {
      if (event.kind !== "pair") return;
      images += 1;
      captions += event.texts.length;
      shown += event.repeats;
      if (event.texts.every((text) => text.trim() === "")) withoutText += 1;
      const set = sets.get(event.set) ?? { name: event.set, images: 0, repeats: event.repeats };
      sets.set(event.set, { ...set, images: set.images + 1 });
    },
    result: () => ({ images, captions, withoutText, shown, sets: [...sets.values()] }),
  };
}

function createFindings(): { add: (event: ReadEvent) => void; result: () => Pick<TrainerDryRun, "findings" | "stops"> } {
  const found = new Map<
    string,
    { code: TrainerFindingCode; severity: Severity; count: number; examples: { file: string; message: string }[] }
  >();
  let stops: string | null = null;
  const order: Readonly<Record<Severity, number>> = { error: 0, warning: 1, note: 2 };
  return {
    add: (event) => {
      if (event.kind !== "finding") return;
      const { code, severity, file, message } = event;
      if (event.stops === true) stops ??= message;
      const key = `${code} ${severity}`;
      const known = found.get(key) ?? { code, severity, count: 0, examples: [] };
      found.set(key, known);
      known.count += 1;
      if (known.examples.length < examplesShown) known.examples.push({ file, message });
    },
    result: () => ({
      stops,
      findings: [...found.values()]
        .map(({ code, severity, count, examples }) => ({ code, severity, title: findingTitles[code], count, examples }))
        .sort((a, b) => order[a.severity] - order[b.severity] || b.count - a.count),
    }),
  };
}

/** Captions that hold the trigger word, and those of more tokens than are read. */
function createTexts(
  options: Options,
  tokens: TokenCounter | undefined,
): { add: (event: ReadEvent) => void; result: () => Pick<TrainerDryRun, "trigger" | "tooLong"> } {
  const word = textOption(options, "trigger") || undefined;
  const limit = numberOption(options, "tokens");
  let [held, lacked, over] = [0, 0, 0];
  let waiting: string[] = [];
  const countWaiting = (): void => {
    if (tokens !== undefined && limit !== undefined) for (const count of tokens.count(waiting)) if (count > limit) over += 1;
    waiting = [];
  };
  return {
    add: (event) => {
      if (event.kind !== "pair") return;
      for (const text of event.texts) {
        if (word !== undefined && text.includes(word)) held += 1;
        else if (word !== undefined) lacked += 1;
        if (tokens !== undefined && limit !== undefined) waiting.push(text);
      }
      if (waiting.length >= textsATime) countWaiting();
    },
    result: () => {
      countWaiting();
      const counted = tokens === undefined ? { over: null, countedBy: null } : { over, countedBy: tokens.name };
      return {
        trigger: word === undefined ? null : { word, with: held, without: lacked },
        tooLong: limit === undefined ? null : { limit, ...counted },
      };
    },
  };
}

/** Pictures by the size that they are trained at; `shown` counts their repeats. */
function createSizes(sizeFor: (size: PictureSize) => PictureSize & { isUpscaled: boolean }): {
  add: (event: ReadEvent) => void;
  filled: () => number[];
  result: () => NonNullable<TrainerDryRun["sizes"]>;
} {
  const sizes = new Map<string, { width: number; height: number; images: number; upscaled: number; shown: number }>();
  return {
    add: (event) => {
      if (event.kind !== "pair" || event.size === undefined) return;
      const { width, height, isUpscaled } = sizeFor(event.size);
      const known = sizes.get(`${width} ${height}`) ?? { width, height, images: 0, upscaled: 0, shown: 0 };
      sizes.set(`${width} ${height}`, known);
      known.images += 1;
      known.upscaled += isUpscaled ? 1 : 0;
      known.shown += event.repeats;
    },
    filled: () => [...sizes.values()].map(({ shown }) => shown),
    result: () =>
      [...sizes.values()]
        .map(({ width, height, images, upscaled }) => ({ width, height, images, upscaled }))
        .sort((a, b) => b.images - a.images || a.width - b.width),
  };
}
