/** 256-bit perceptual hashes of all samples, 32 bytes a row, of the picture and of its mirror image; `known` is 1 where there is one. */
export interface Hashes {
  readonly straight: Uint8Array;
  readonly mirrored: Uint8Array;
  readonly known: Uint8Array;
}

/** Two samples whose hashes are near, with `from` < `to`. */
export interface HashPair {
  readonly from: number;
  readonly to: number;
  readonly distance: number;
}

const hashBytes = 32;
const chunks = 16;
const chunkBits = 16;
/** With 16 chunks, hashes that differ in at most 31 bits have a chunk that differs in at most one. */
export const mostHashBits = 2 * chunks - 1;
/** A chunk that so many pictures share (an empty margin) says nothing about any two of them. */
const commonest = 512;

/**
 * All pairs of `rows` whose hashes, or one's hash and the other's mirrored hash, differ in at most `bits` bits (at most 31): an index of 16
 * chunks of 16 bits, each looked up as it is and with every bit turned (Norouzi et al., Multi-Index Hashing, 2012). Exact, but for pairs of
 * which each fitting chunk is shared by more than 512 pictures. Chunks run diagonally over the 16 × 16 cells, so that no chunk is all
 * margin.
 */
export function findNearHashes(hashes: Hashes, rows: Int32Array, bits: number): HashPair[] {
  const known = rows.filter((row) => hashes.known[row] === 1);
  const found = new Map<number, HashPair>();
  const words = { straight: wordsOf(hashes.straight), mirrored: wordsOf(hashes.mirrored) };
  const limit = Math.min(bits, mostHashBits);
  for (let chunk = 0; chunk < chunks; chunk += 1) {
    const straight = known.map((row) => chunkOf(hashes.straight, row, chunk));
    const mirrored = known.map((row) => chunkOf(hashes.mirrored, row, chunk));
    const index = createIndex(straight);
    known.forEach((row, place) => {
      for (const [own, key] of [[words.straight, straight[place]!] as const, [words.mirrored, mirrored[place]!] as const]) {
        eachNear(index, key, (other) => {
          const to = known[other]!;
          if (to === row || (own === words.straight && to < row)) return;
          const distance = differingBits(own, row, { words: words.straight, row: to, limit });
          if (distance > limit) return;
          const pair = { from: Math.min(row, to), to: Math.max(row, to), distance };
          const pairKey = pair.from * hashes.known.length + pair.to;
          if (distance < (found.get(pairKey)?.distance ?? Infinity)) found.set(pairKey, pair);
        });
      }
    });
  }
  return [...found.values()].sort((a, b) => a.from - b.from || a.to - b.to);
}

/**
 * Whether a hash says something: at least a quarter of all neighbouring cells differ in brightness, one way (bits of the hash) or the other
 * (bits of the mirrored hash). Of blank pages and products on white most bits are 0 whatever they show.
 */
export function isTelling({ straight, mirrored }: Hashes, row: number): boolean {
  let differing = 0;
  for (let at = row * hashBytes; at < (row + 1) * hashBytes; at += 1) differing += countBits(straight[at]!) + countBits(mirrored[at]!);
  return differing >= 64;
}

/** Places by key: those of key k are `places` from `starts[k]` to `starts[k + 1]`. */
interface Index {
  readonly starts: Int32Array;
  readonly places: Int32Array;
}

function createIndex(keys: Int32Array): Index {
  const starts = new Int32Array(2 ** chunkBits + 1);
  for (const key of keys) starts[key + 1] = starts[key + 1]! + 1;
  for (let key = 0; key < 2 ** chunkBits; key += 1) starts[key + 1] = starts[key + 1]! + starts[key]!;
  const next = starts.slice();
  const places = new Int32Array(keys.length);
  keys.forEach((key, place) => {
    places[next[key]!] = place;
    next[key] = next[key]! + 1;
  });
  return { starts, places };
}

function eachNear({ starts, places }: Index, key: number, visit: (place: number) => void): void {
  for (let bit = -1; bit < chunkBits; bit += 1) {
    const near = bit < 0 ? key : key ^ (1 << bit);
    const [from, to] = [starts[near]!, starts[near + 1]!];
    if (to - from > commonest) continue;
    for (let at = from; at < to; at += 1) visit(places[at]!);
  }
}

function chunkOf(bytes: Uint8Array, row: number, chunk: number): number {
  let key = 0;
  for (let line = 0; line < chunkBits; line += 1) {
    const bit = line * 16 + ((chunk + 5 * line) & 15);
    const isSet = (bytes[row * hashBytes + (bit >> 3)]! >> (7 - (bit & 7))) & 1;
    key |= isSet << line;
  }
  return key;
}

function wordsOf(bytes: Uint8Array): Uint32Array {
  return new Uint32Array(bytes.slice().buffer);
}

function differingBits(a: Uint32Array, rowA: number, { words, row, limit }: { words: Uint32Array; row: number; limit: number }): number {
  let distance = 0;
  for (let word = 0; word < 8 && distance <= limit; word += 1) distance += countBits(a[rowA * 8 + word]! ^ words[row * 8 + word]!);
  return distance;
}

/** Bits set in 32 (Warren, Hacker's Delight, 2002). */
function countBits(word: number): number {
  let bits = word - ((word >>> 1) & 0x55555555);
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  bits = (bits + (bits >>> 4)) & 0x0f0f0f0f;
  return Math.imul(bits, 0x01010101) >>> 24;
}
