/**
 * What lies in the cache, by kind: vectors, small grey pictures (they confirm near-duplicates), small pictures for people, facts of pictures, tables of
 * datasets, models, downloads that were begun, digests of models, what was measured of providers, parity certificates, what was found damaged, and what this
 * version doesn't know.
 */
export const cacheKinds = [
  "vectors",
  "greys",
  "thumbnails",
  "facts",
  "tables",
  "models",
  "downloads",
  "digests",
  "probes",
  "certificates",
  "damaged",
  "other",
] as const;

/** One of the kinds. */
export type CacheKind = (typeof cacheKinds)[number];

/** Why a piece of the cache stays: a running process needs it, or a person put it there and it can't be made again. */
export type KeptBecause = "inUse" | "yours";

/** A piece of the cache that goes whole or not at all. `usedMs` is when it was last read or written, in milliseconds since 1970. */
export interface Evictable {
  readonly kind: CacheKind;
  readonly name: string;
  readonly sizeBytes: number;
  readonly usedMs: number;
  readonly kept?: KeptBecause;
}

/** What is to go: what was not used since `unusedSinceMs`, and the longest unused beyond `limitBytes`. Models only with `models`, certificates only with `certificates`. */
export interface EvictionRule {
  readonly limitBytes?: number | undefined;
  readonly unusedSinceMs?: number | undefined;
  readonly models: boolean;
  readonly certificates: boolean;
}

/** Too small to be worth a look, or not ours to judge. */
const lasting: ReadonlySet<CacheKind> = new Set(["digests", "other"]);

/**
 * Whether a piece counts towards the limit: models do only where they may go, for a limit below their size would empty all the rest; certificates likewise, since
 * the Python that made one may not be here any more.
 */
export function isCounted(
  { kind }: Pick<Evictable, "kind">,
  { models, certificates }: Pick<EvictionRule, "models" | "certificates">,
): boolean {
  return !lasting.has(kind) && (kind !== "models" || models) && (kind !== "certificates" || certificates);
}

/** Chooses what goes, the longest unused first, equal ones by name; what is kept counts towards the limit and stays. */
export function chooseEvictions<Item extends Evictable>(items: readonly Item[], rule: EvictionRule): Item[] {
  const counted = items.filter((item) => isCounted(item, rule));
  const free = counted.filter(({ kept }) => kept === undefined);
  free.sort((a, b) => a.usedMs - b.usedMs || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  const limit = rule.limitBytes ?? Number.POSITIVE_INFINITY;
  let left = counted.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  return free.filter(({ usedMs, sizeBytes }) => {
    const isUnused = rule.unusedSinceMs !== undefined && usedMs < rule.unusedSinceMs;
    if (!isUnused && left <= limit) return false;
    left -= sizeBytes;
    return true;
  });
}
