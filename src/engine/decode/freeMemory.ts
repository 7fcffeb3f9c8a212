/**
 * Gives the memory behind large bytes back at once where they are all of it; nobody may look at them any more, they are empty then. Left to the garbage
 * collector, pixels of 2 megapixels cost a full collection every third picture, a sixth of all time. Node 20 can't and leaves it to it.
 */
export function freeMemory({ buffer, byteLength }: Uint8Array): void {
  if (byteLength < leastBytes || byteLength !== buffer.byteLength || !(buffer instanceof ArrayBuffer)) return;
  (buffer as Movable).transfer?.(0);
}

/** What is smaller is no burden. */
const leastBytes = 64 << 10;

interface Movable {
  transfer?(length: number): ArrayBuffer;
}
