/** How calls are made again: at most `attempts` in all, after pauses that double from `firstMs` up to `longestMs`. */
export interface BackOff {
  readonly attempts: number;
  readonly firstMs: number;
  readonly longestMs: number;
}

/** Six calls over about half a minute; a server may ask for two minutes. */
export const defaultBackOff: BackOff = { attempts: 6, firstMs: 500, longestMs: 120_000 };

/**
 * The pause before attempt `next` (from 1, the second call) in milliseconds: doubled each time, with `random` (in [0, 1)) spread over its upper half so that calls don't come
 * back together. What the server asks for (`askedMs`) is the least.
 */
export function pauseBefore(next: number, { firstMs, longestMs }: BackOff, random: number, askedMs = 0): number {
  const full = Math.min(longestMs, firstMs * 2 ** (next - 1));
  return Math.min(longestMs, Math.max(askedMs, full * (0.5 + random / 2)));
}

/** What `Retry-After` says, in milliseconds: seconds, or a date; undefined for anything else. */
export function parseRetryAfter(value: string | null, nowMs: number): number | undefined {
  if (value === null) return undefined;
  if (/^\d+(?:\.\d+)?$/.test(value.trim())) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs);
}
