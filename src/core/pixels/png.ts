/** The number of frames of an animated PNG, 1 of a still one: the first word of its `acTL` chunk, which stands before the pixels. */
export function countPngFrames(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 8;
  while (at + 12 <= bytes.length) {
    const kind = view.getUint32(at + 4);
    if (kind === imageData) return 1;
    if (kind === animationControl) return view.getUint32(at + 8);
    at += 12 + view.getUint32(at);
  }
  return 1;
}

const animationControl = 0x6163544c;
const imageData = 0x49444154;
