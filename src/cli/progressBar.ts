import type { Progress, Stage } from "../core/stages.ts";

/** Where progress is drawn: stderr, or a list in tests. */
export interface Screen {
  readonly isTerminal: boolean;
  readonly columns: number;
  write(text: string): void;
}

const barWidth = 24;
const redrawMs = 100;
const lineEveryMs = 5_000;

/**
 * Draws progress: one line that is redrawn on a terminal; elsewhere a line when a stage starts, every five seconds, and when it is done.
 * `finish` clears the line, so that the report starts on a clean one.
 */
export function createProgressBar(screen: Screen, now: () => number): { show: (progress: Progress) => void; finish: () => void } {
  const startedAt = new Map<Stage, number>();
  const drawnAt = new Map<Stage, number>();
  const show = (progress: Progress): void => {
    const time = now();
    if (!startedAt.has(progress.stage)) startedAt.set(progress.stage, time);
    const isLast = progress.done + progress.cached >= progress.total;
    const isDue = time - (drawnAt.get(progress.stage) ?? Number.NEGATIVE_INFINITY) >= (screen.isTerminal ? redrawMs : lineEveryMs);
    if (!isDue && !isLast) return;
    drawnAt.set(progress.stage, time);
    const text = formatProgress(progress, time - (startedAt.get(progress.stage) ?? time));
    screen.write(screen.isTerminal ? `\r\u001b[K${text.slice(0, screen.columns - 1)}` : `${text}\n`);
  };
  const finish = (): void => {
    if (screen.isTerminal && drawnAt.size > 0) screen.write("\r\u001b[K");
  };
  return { show, finish };
}

/** One line of progress: stage, bar, counts, and what is left when that can be told. */
export function formatProgress({ stage, done, cached, total }: Progress, elapsedMs: number): string {
  const settled = done + cached;
  const share = total === 0 ? 1 : Math.min(1, settled / total);
  const filled = Math.round(share * barWidth);
  const bar = "█".repeat(filled) + "░".repeat(barWidth - filled);
  const left = done > 0 && settled < total ? ` · ${formatDuration(((total - settled) * elapsedMs) / done)} left` : "";
  const found = cached > 0 ? ` (${cached.toLocaleString("en")} cached)` : "";
  return `${stage.padEnd(8)} ${bar} ${settled.toLocaleString("en")}/${total.toLocaleString("en")}${found}${left}`;
}

/** A duration for people: `850 ms`, `12 s`, `3 min 5 s`, `2 h 10 min`. */
export function formatDuration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 60) return ms < 10_000 ? `${(ms / 1_000).toFixed(1)} s` : `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} min ${seconds % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
