/** SHA-256 keys are 32 bytes. */
export const keyBytes = 32;

/**
 * A set of SHA-256 keys, each with a row: open addressing in typed arrays, some 45 bytes a key,
 * where a Map of strings takes over 200. Keys spread evenly by nature, so their first four bytes are the hash.
 */
export interface KeyTable {
  /** Number of keys. */
  size(): number;
  /** The row of the key, −1 where it is missing. */
  find(key: Uint8Array): number;
  /** Adds a key of 32 bytes; false, and nothing changes, where it is there already. */
  add(key: Uint8Array, row: number): boolean;
}

interface Table {
  count: number;
  /** Number of an entry plus one; 0 is free. The length is a power of two, at most half of it taken. */
  slots: Int32Array;
  rows: Int32Array;
  keys: Uint8Array;
}

/** Makes an empty table. */
export function createKeyTable(): KeyTable {
  const table: Table = { count: 0, slots: new Int32Array(1024), rows: new Int32Array(512), keys: new Uint8Array(512 * keyBytes) };
  return {
    size: () => table.count,
    find: (key) => {
      const entry = table.slots[slotOf(table, key)]!;
      return entry === 0 ? -1 : table.rows[entry - 1]!;
    },
    add: (key, row) => addKey(table, key, row),
  };
}

/** The 32 bytes of a key that is written as 64 hexadecimal digits. Throws when it is not. */
export function keyFromHex(text: string): Uint8Array {
  const key = Buffer.from(text, "hex");
  if (key.length !== keyBytes) throw new RangeError(`Expected a SHA-256 of 64 hexadecimal digits but received ${JSON.stringify(text)}`);
  return key;
}

function addKey(table: Table, key: Uint8Array, row: number): boolean {
  if (table.count === table.rows.length) grow(table);
  const slot = slotOf(table, key);
  if (table.slots[slot] !== 0) return false;
  table.keys.set(key, table.count * keyBytes);
  table.rows[table.count] = row;
  table.count += 1;
  table.slots[slot] = table.count;
  return true;
}

function grow(table: Table): void {
  const { rows, keys, count } = table;
  table.rows = new Int32Array(count * 2);
  table.rows.set(rows);
  table.keys = new Uint8Array(count * 2 * keyBytes);
  table.keys.set(keys);
  table.slots = new Int32Array(count * 4);
  for (let entry = 0; entry < count; entry++)
    table.slots[slotOf(table, table.keys.subarray(entry * keyBytes, (entry + 1) * keyBytes))] = entry + 1;
}

/** The slot that holds the key, or the free one where it belongs. */
function slotOf({ slots, keys }: Table, key: Uint8Array): number {
  const mask = slots.length - 1;
  let slot = (key[0]! | (key[1]! << 8) | (key[2]! << 16) | (key[3]! << 24)) & mask;
  for (;;) {
    const entry = slots[slot]!;
    if (entry === 0 || isKeyAt(keys, (entry - 1) * keyBytes, key)) return slot;
    slot = (slot + 1) & mask;
  }
}

function isKeyAt(keys: Uint8Array, offset: number, key: Uint8Array): boolean {
  for (let i = 0; i < keyBytes; i++) if (keys[offset + i] !== key[i]) return false;
  return true;
}
