import type { ProviderChoice } from "../core/providers.ts";

/** How long a process that died is left alone before it is started again: at once at first, then ever longer. */
const delaysMs = [0, 1_000, 4_000, 15_000] as const;

/** Deaths longer ago than this are forgotten. */
const rememberedMs = 120_000;

/** So many deaths within the time that is remembered, and it isn't started again. */
const deathLimit = 5;

/** A run is given up when its process died so often without computing anything in between. */
const fruitlessDeathLimit = 3;

/** What is done about a process that died. */
export type Restart = { readonly kind: "after"; readonly delayMs: number } | { readonly kind: "giveUp" };

/** Plans the next start of a process that died at some times (ms, ascending), looked at from `nowMs`. */
export function planRestart(deathsMs: readonly number[], nowMs: number): Restart {
  const recent = recentDeaths(deathsMs, nowMs);
  if (recent.length >= deathLimit) return { kind: "giveUp" };
  const last = recent.at(-1);
  if (last === undefined) return { kind: "after", delayMs: 0 };
  const pauseMs = delaysMs[Math.min(recent.length, delaysMs.length) - 1]!;
  return { kind: "after", delayMs: Math.max(0, last + pauseMs - nowMs) };
}

/** The deaths that still count. */
export function recentDeaths(deathsMs: readonly number[], nowMs: number): readonly number[] {
  return deathsMs.filter((at) => nowMs - at < rememberedMs);
}

/** What becomes of a run whose process died. */
export type Recovery = { readonly kind: "again"; readonly provider: ProviderChoice } | { readonly kind: "giveUp" };

/**
 * Plans how a run goes on after its process died: on the CPU, since an accelerator's driver is the likeliest cause. `fruitless` counts the deaths in a row
 * between which nothing was computed; deaths after progress (memory that runs out once an hour, say) don't end a run.
 */
export function planRecovery(fruitless: number): Recovery {
  return fruitless >= fruitlessDeathLimit ? { kind: "giveUp" } : { kind: "again", provider: "cpu" };
}
