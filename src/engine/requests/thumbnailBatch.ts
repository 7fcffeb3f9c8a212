import type { ThumbnailBatch } from "../../protocol/gallery.ts";

/** Small pictures as one piece of bytes, each given as its bytes, or as why there is none; `names` are told beside that. */
export function joinThumbnails(names: readonly string[], found: readonly (Uint8Array | string | undefined)[]): ThumbnailBatch {
  const offsets = new Uint32Array(found.length + 1);
  for (const [at, result] of found.entries()) offsets[at + 1] = offsets[at]! + (typeof result === "object" ? result.length : 0);
  const bytes = new Uint8Array(offsets[found.length]!);
  const failed: Record<number, string> = {};
  for (const [at, result] of found.entries()) {
    if (typeof result === "object") bytes.set(result, offsets[at]);
    else failed[at] = `${names[at]!} ${result ?? "has no small picture"}`;
  }
  return { bytes, offsets, failed };
}
