/** What makes one of several equal pictures the one to keep. One entry a sample; unknown sizes are 0. */
export interface KeeperFacts {
  readonly ids: readonly string[];
  readonly pixelCount: Float64Array;
  readonly sizeBytes: Float64Array;
}

/** Order of preference: more pixels, then more bytes (less compressed), then the lower id. */
export function compareKeepers({ ids, pixelCount, sizeBytes }: KeeperFacts, a: number, b: number): number {
  return pixelCount[b]! - pixelCount[a]! || sizeBytes[b]! - sizeBytes[a]! || compareText(ids[a]!, ids[b]!);
}

/** Order of texts by their code units, the same on every machine. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a === b ? 0 : 1;
}
