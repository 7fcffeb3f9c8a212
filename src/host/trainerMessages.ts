import { formatBytes } from "../core/bytes.ts";
import type { TrainerCache } from "../core/trainers/caches.ts";
import type { ClearedCaches } from "../protocol/trainers.ts";
import type { Message } from "./messages.ts";
import { formatCount } from "./runText.ts";

/** Trainers left files that no longer fit what they were made of; a sentence without a stop. */
export function staleCaches(name: string, stale: readonly TrainerCache[]): string {
  const sizeBytes = stale.reduce((sum, cache) => sum + cache.sizeBytes, 0);
  return `${formatCount(stale.length, "cache")} of trainers in ${name} (${formatBytes(sizeBytes)}) no longer fit: trainers would go on reading the old captions and pictures from them`;
}

/** Such files were moved to the trash, or none was there any more. */
export function cachesCleared(name: string, root: string, { files, sizeBytes, operation }: ClearedCaches): Message {
  if (operation === null) return { severity: "info", text: `No cache of trainers in ${name} had to go`, actions: [] };
  return {
    severity: "info",
    text: `${formatCount(files, "cache")} of trainers in ${name} (${formatBytes(sizeBytes)}) went to the trash`,
    actions: [{ title: "Undo", command: "winnow.undoOperation", arguments: [{ root, subject: { kind: "operation", operation } }] }],
  };
}
