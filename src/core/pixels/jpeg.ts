/** Segments that say nothing of size, colours or orientation: JFIF, comments, tables of quantisation and of codes, restarts. */
const silentMarkers = new Set([0xe0, 0xfe, 0xdb, 0xc4, 0xdd]);
/** Baseline, extended and progressive frames by Huffman codes (ITU-T T.81, table B.1). */
const frameMarkers = new Set([0xc0, 0xc1, 0xc2]);

/**
 * Size of a JPEG whose header is of the plainest kind: 8 bits, grey or three channels, upright, nothing embedded that might say otherwise.
 * Undefined for every other, which a decoder has to be asked about.
 */
export function readPlainJpegSize(bytes: Uint8Array): { readonly width: number; readonly height: number } | undefined {
  const shortAt = (at: number): number => (bytes[at]! << 8) | bytes[at + 1]!;
  let at = 2;
  while (at + 10 <= bytes.length && bytes[at] === 0xff) {
    const marker = bytes[at + 1]!;
    if (frameMarkers.has(marker)) {
      const [precision, height, width, channels] = [bytes[at + 4], shortAt(at + 5), shortAt(at + 7), bytes[at + 9]];
      return precision === 8 && width > 0 && height > 0 && (channels === 1 || channels === 3) ? { width, height } : undefined;
    }
    const length = shortAt(at + 2);
    if (!silentMarkers.has(marker) || length < 2) return undefined;
    at += 2 + length;
  }
  return undefined;
}
