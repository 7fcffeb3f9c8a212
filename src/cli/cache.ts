import { formatBytes, parseBytes } from "../core/bytes.ts";
import type { CacheEntry, PruneCacheRequest } from "../protocol/cache.ts";
import { pruneCache, type CacheWatch } from "../engine/cache/prune.ts";
import { verifyCache } from "../engine/cache/verify.ts";
import { readCache } from "../engine/requests/cache.ts";
import type { Call, Command, ExitCode, Words } from "./command.ts";
import { exitCodes, hasOption, textOption, UsageError } from "./command.ts";

/** `winnow cache [verify|prune]`: what lies in the cache, whether it is whole, and what may go. */
export const cacheCommand: Command = {
  name: "cache",
  operands: "[verify|prune]",
  summary: "tell what lies in the cache, check that it is whole, or make it smaller (WINNOW_CACHE_LIMIT is kept after every run)",
  options: {
    repair: { type: "boolean", help: "verify: move what is damaged aside, so that it is made again" },
    limit: { type: "string", value: "20GB", help: "prune: evict the longest unused until so much is left (WINNOW_CACHE_LIMIT)" },
    unused: { type: "string", value: "90d", help: "prune: evict what was not used for so many days (d) or hours (h)" },
    models: { type: "boolean", help: "prune: downloaded models too" },
    certificates: { type: "boolean", help: "prune: parity certificates too" },
    "dry-run": { type: "boolean", help: "prune: tell what would go" },
  },
  run: async (call) => {
    const [action = "tell", ...rest] = call.words.positionals;
    if (rest.length > 0 || !isAction(action)) throw new UsageError("Expected verify, prune or nothing");
    return await actions[action](call);
  },
};

const actions = { tell, verify, prune } as const;

function isAction(text: string): text is keyof typeof actions {
  return Object.hasOwn(actions, text);
}

async function tell({ env, json, print }: Call): Promise<ExitCode> {
  const report = await readCache(env);
  const limit = report.limitBytes === null ? "no limit" : `limit ${formatBytes(report.limitBytes)}`;
  const heading = `${report.folder}: ${formatBytes(report.sizeBytes)}, ${limit}`;
  print(json ? JSON.stringify(report) : [heading, ...report.entries.map((entry) => `  ${formatEntry(entry, env.now())}`)].join("\n"));
  return exitCodes.done;
}

async function verify(call: Call): Promise<ExitCode> {
  const verified = await verifyCache(call.env, { repair: hasOption(call.words, "repair") }, watchOf(call, "read"));
  const { pieces, sizeBytes, damaged } = verified;
  const lines = damaged.map(({ file, what, movedTo }) => `${file}: ${what}${movedTo === null ? "" : `; moved to ${movedTo}`}`);
  const isLeft = damaged.some(({ movedTo }) => movedTo === null);
  const end =
    damaged.length === 0 ? "all whole" : `${damaged.length} damaged${isLeft ? "; --repair moves them aside, and they are made again" : ""}`;
  call.print(call.json ? JSON.stringify(verified) : [...lines, `${pieces} pieces of ${formatBytes(sizeBytes)} read: ${end}`].join("\n"));
  return isLeft ? exitCodes.doneWithProblems : exitCodes.done;
}

async function prune(call: Call): Promise<ExitCode> {
  const { env, words } = call;
  const request = pruneRequestFromWords(words, env.cacheLimitBytes);
  const pruned = await pruneCache(env, request, watchOf(call, "evicted"));
  const { evicted, freedBytes, leftBytes, keptBytes, failed } = pruned;
  const kept = keptBytes === 0 ? "" : `, ${formatBytes(keptBytes)} of it in use or your own`;
  const end = `${formatBytes(freedBytes)} ${request.dryRun === true ? "would be" : "are"} evicted, ${formatBytes(leftBytes)} stay${kept}`;
  for (const problem of failed) call.tell(problem);
  call.print(call.json ? JSON.stringify(pruned) : [...evicted.map((entry) => formatEntry(entry, env.now())), end].join("\n"));
  return failed.length > 0 ? exitCodes.doneWithProblems : exitCodes.done;
}

function pruneRequestFromWords(words: Words, usualLimit: number | undefined): PruneCacheRequest {
  const [limit, unused] = [textOption(words, "limit"), textOption(words, "unused")];
  const limitBytes = limit === undefined ? undefined : parseBytes(limit);
  if (limit !== undefined && limitBytes === undefined)
    throw new UsageError(`Expected a size such as 20GB for --limit but received "${limit}"`);
  const unusedMs = unused === undefined ? undefined : parseAge(unused);
  if (unused !== undefined && unusedMs === undefined)
    throw new UsageError(`Expected a time such as 90d for --unused but received "${unused}"`);
  const wanted = limitBytes ?? (unusedMs === undefined ? usualLimit : undefined);
  if (wanted === undefined && unusedMs === undefined) throw new UsageError("Expected --limit, --unused or both, or WINNOW_CACHE_LIMIT");
  return {
    ...(wanted !== undefined && { limitBytes: wanted }),
    ...(unusedMs !== undefined && { unusedMs }),
    models: hasOption(words, "models"),
    certificates: hasOption(words, "certificates"),
    dryRun: hasOption(words, "dry-run"),
  };
}

function parseAge(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)([dh])$/.exec(text.trim());
  return match === null ? undefined : Number(match[1]) * (match[2] === "d" ? 24 : 1) * 3_600_000;
}

/** A line at every tenth of the bytes. */
function watchOf(call: Call, what: string): CacheWatch {
  let told = 0;
  return {
    signal: call.signal,
    onProgress: ({ done, total }) => {
      const tenth = total === 0 ? 0 : Math.floor((done / total) * 10);
      if (hasOption(call.words, "quiet") || tenth === told) return;
      told = tenth;
      call.tell(`${formatBytes(done)} of ${formatBytes(total)} ${what}`);
    },
  };
}

function formatEntry({ kind, name, part, sizeBytes, count, usedMs, kept }: CacheEntry, nowMs: number): string {
  const days = Math.max(0, Math.floor((nowMs - usedMs) / 86_400_000));
  const used = usedMs === 0 ? [] : [days === 0 ? "used today" : `used ${days} day${days === 1 ? "" : "s"} ago`];
  const reason = kept === null ? [] : [kept === "inUse" ? "in use" : "your own"];
  const counted = count === null ? [] : [count.toLocaleString("en")];
  return [`${kind} ${name}${part === null ? "" : ` ${part}`}: ${formatBytes(sizeBytes)}`, ...counted, ...used, ...reason].join(", ");
}
