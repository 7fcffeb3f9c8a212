import { formatBytes } from "../core/bytes.ts";
import type { CacheKind } from "../core/cache/eviction.ts";
import type { CacheEntry, CacheReport, PrunedCache, VerifiedCache } from "../protocol/cache.ts";

/** What a kind is, for people. */
const kinds: Readonly<Record<CacheKind, string>> = {
  vectors: "vectors",
  greys: "small grey pictures, which confirm near-duplicates",
  thumbnails: "small pictures for the panel",
  facts: "facts of pictures",
  tables: "tables of datasets",
  models: "encoders",
  downloads: "downloads that were begun",
  digests: "checksums of encoders",
  probes: "measured speeds of encoders",
  certificates: "parity certificates",
  damaged: "what was found damaged",
  other: "unknown to this version",
};

const reasons = { inUse: "in use", yours: "your own" } as const;

/** What lies in the cache, as a document. */
export function formatCacheReport({ folder, entries, sizeBytes, limitBytes }: CacheReport, nowMs: number): string {
  return [
    "# Winnow's cache",
    "",
    `\`${folder}\` holds ${formatBytes(sizeBytes)}, with ${limitBytes === null ? "no limit" : `a limit of ${formatBytes(limitBytes)}`} (\`winnow.cache.limitGb\`). All but encoders that you put there yourself can be made or downloaded again.`,
    "",
    "| what | of | size | items | last used | |",
    "| --- | --- | ---: | ---: | --- | --- |",
    ...entries.map((entry) => formatRow(entry, nowMs)),
    "",
  ].join("\n");
}

/** What reading the whole cache gave, as a document. */
export function formatVerifiedCache({ pieces, sizeBytes, damaged }: VerifiedCache): string {
  const all = `${pieces.toLocaleString("en")} pieces of ${formatBytes(sizeBytes)} were read`;
  if (damaged.length === 0) return `# Winnow's cache is whole\n\n${all}.\n`;
  const rows = damaged.map(
    ({ file, what, movedTo }) => `| \`${cell(file)}\` | ${cell(what)} | ${movedTo === null ? "" : `\`${cell(movedTo)}\``} |`,
  );
  return ["# Winnow's cache is damaged", "", `${all}.`, "", "| file | what is wrong | moved to |", "| --- | --- | --- |", ...rows, ""].join(
    "\n",
  );
}

/** What would go, for the question whether it may: the largest first, a line each. */
export function formatPlannedPruning({ evicted, keptBytes }: PrunedCache): string {
  const largest = [...evicted].sort((a, b) => b.sizeBytes - a.sizeBytes);
  const lines = largest
    .slice(0, 6)
    .map(({ kind, name, part, sizeBytes }) => `${formatBytes(sizeBytes)}: ${kind} of ${name}${part === null ? "" : ` (${part})`}`);
  return [
    ...lines,
    ...(largest.length > lines.length ? [`and ${largest.length - lines.length} more`] : []),
    ...(keptBytes === 0 ? [] : [`${formatBytes(keptBytes)} are in use and stay`]),
    "Vectors and tables that go are made again when they are needed, which takes as long as it did",
  ].join("\n");
}

function formatRow({ kind, name, part, sizeBytes, count, usedMs, kept }: CacheEntry, nowMs: number): string {
  const of = part === null ? name : `${name}, ${part}`;
  const items = count === null ? "" : count.toLocaleString("en");
  return `| ${kinds[kind]} | ${cell(of)} | ${formatBytes(sizeBytes)} | ${items} | ${formatAge(nowMs - usedMs)} | ${kept === null ? "" : reasons[kept]} |`;
}

function formatAge(ms: number): string {
  const days = Math.max(0, Math.floor(ms / 86_400_000));
  return days === 0 ? "today" : `${days.toLocaleString("en")} day${days === 1 ? "" : "s"} ago`;
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll(/\s*\n\s*/g, " ");
}
