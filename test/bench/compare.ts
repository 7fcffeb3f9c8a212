import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Env } from "../../src/engine/env.ts";
import { createCounters } from "../../src/engine/env.ts";
import { describeMachine, median, peakMb, report } from "./peers.ts";

/** How long something took, and how much of all cores' time, in ms; other work on the machine lengthens the first and hardly the second. */
export interface Timing {
  readonly ms: number;
  readonly cpuMs: number | undefined;
}

/** Two ways to do one thing. `count` is how many things one run does; `more` gives further figures when all rounds are done. */
export interface Comparison {
  readonly name: string;
  readonly unit: "images/s" | "pairs/s";
  readonly count: number;
  readonly rounds: number;
  readonly goal?: number;
  readonly ours: () => Promise<Timing>;
  /** Undefined where the peer is missing. */
  readonly peer: () => Promise<Timing | undefined>;
  readonly more?: () => Readonly<Record<string, unknown>>;
}

/** Times work of this process. */
export async function time(work: () => unknown): Promise<Timing> {
  const [startedAt, before] = [performance.now(), process.cpuUsage()];
  await work();
  const { user, system } = process.cpuUsage(before);
  return { ms: performance.now() - startedAt, cpuMs: (user + system) / 1000 };
}

/** The timing in a peer's figures. */
export function timingOf(figures: Readonly<Record<string, number>> | undefined): Timing | undefined {
  return figures === undefined ? undefined : { ms: figures.ms!, cpuMs: figures.cpuMs };
}

/**
 * Runs ours and the peer in turn and prints one line: the median rates, the median of the rounds' ratios (above 1 ours is faster), and the
 * CPU time of one thing.
 */
export async function compare({ ours, peer, rounds, ...rest }: Comparison): Promise<void> {
  const [mine, theirs]: [Timing[], (Timing | undefined)[]] = [[], []];
  for (let round = 0; round < rounds; round += 1) {
    mine.push(await ours());
    theirs.push(await peer());
  }
  reportRounds({ ...rest, mine, theirs });
}

/** Timings of the same rounds; undefined where the peer is missing. */
export interface Rounds extends Pick<Comparison, "name" | "unit" | "count" | "goal" | "more"> {
  readonly mine: readonly Timing[];
  readonly theirs: readonly (Timing | undefined)[];
}

/** Prints one line about rounds that were run. */
export function reportRounds({ name, unit, count, goal, mine, theirs, more }: Rounds): void {
  const present = theirs.filter((timing) => timing !== undefined);
  const ratios = theirs.flatMap((other, round) => (other === undefined ? [] : [other.ms / mine[round]!.ms]));
  report({
    name,
    unit,
    ours: rateOf(mine, count),
    peer: rateOf(present, count),
    ratio: median(ratios),
    goal,
    count,
    rounds: mine.length,
    cpuMs: cpuOf(mine, count),
    peerCpuMs: cpuOf(present, count),
    ...more?.(),
    peakMb: peakMb(),
    machine: describeMachine(),
  });
}

/** Does work in a temporary folder that is removed after it. */
export async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "winnow-bench-"));
  try {
    await work(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** An env whose cache and data lie in a folder. */
export function envIn(folder: string): Env {
  return {
    cacheFolder: join(folder, "cache"),
    dataFolder: join(folder, "data"),
    now: () => Date.now(),
    log: () => undefined,
    counters: createCounters(),
  };
}

/** Things a second, by the middle of some timings. */
export function rateOf(timings: readonly Timing[], count: number): number | undefined {
  const middle = median(timings.map(({ ms }) => ms));
  return middle === undefined ? undefined : (count / middle) * 1000;
}

function cpuOf(timings: readonly Timing[], count: number): number | undefined {
  const middle = median(timings.flatMap(({ cpuMs }) => (cpuMs === undefined ? [] : [cpuMs])));
  return middle === undefined ? undefined : middle / count;
}
