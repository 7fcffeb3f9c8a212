/**
 * A number from a text, in [0, 2³²): FNV-1a over UTF-16 code units, finished as in MurmurHash3. For seeded choices that depend on names and
 * not on order, not for security.
 */
export function hashText(text: string, seed = 0): number {
  let hash = (0x811c9dc5 ^ seed) >>> 0;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/**
 * The positions of the `count` names with the lowest seeded hashes, in that order: a random draw that stays the same when names are put in
 * another order, and nearly the same when some come or go (bottom-k sampling, Cohen and Kaplan, 2007). `isAllowed` leaves positions out.
 */
export function drawByName(
  names: readonly string[],
  count: number,
  options: { seed: number; isAllowed?: (position: number) => boolean },
): Int32Array {
  const hashes = Uint32Array.from(names, (name) => hashText(name, options.seed));
  const positions = Int32Array.from(names.keys()).filter((position) => options.isAllowed?.(position) ?? true);
  positions.sort((a, b) => hashes[a]! - hashes[b]! || (names[a]! < names[b]! ? -1 : names[a] === names[b] ? a - b : 1));
  return positions.slice(0, count);
}
