import { createHash } from "node:crypto";
import type { EncoderId } from "../../src/core/encoder.ts";
import type { ContentHash } from "../../src/core/sample.ts";

/** What the processes of the eviction test store. */
export const evictable = { encoder: "evicted@0/0/4/fp32" as EncoderId, dim: 4, count: 60 };

/** The key of a thing. */
export function keyOf(number: number): ContentHash {
  return createHash("sha256").update(`${number}`).digest("hex") as ContentHash;
}

/** Its vector, exact in float16. */
export function rowOf(number: number): number[] {
  return [number, 1, -number, 0.5];
}
