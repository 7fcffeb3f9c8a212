import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { createKeyTable, keyFromHex } from "../../../../src/engine/store/keyTable.ts";

const key = (i: number) => createHash("sha256").update(`${i}`).digest();

test("20,000 keys are found at their rows, and others are not", () => {
  const table = createKeyTable();
  for (let i = 0; i < 20_000; i++) expect(table.add(key(i), i * 2)).toBe(true);
  expect(table.size()).toBe(20_000);
  for (let i = 0; i < 20_000; i++) if (table.find(key(i)) !== i * 2) expect.fail(`key ${i} is lost`);
  for (let i = 20_000; i < 21_000; i++) if (table.find(key(i)) !== -1) expect.fail(`key ${i} was never added`);
});

test("a key that is there keeps its row", () => {
  const table = createKeyTable();
  table.add(key(1), 5);
  expect(table.add(key(1), 6)).toBe(false);
  expect([table.size(), table.find(key(1))]).toEqual([1, 5]);
});

test("keys that begin alike are told apart", () => {
  const table = createKeyTable();
  const keys = [0, 1, 2].map((last) => Buffer.concat([Buffer.alloc(31), Buffer.of(last)]));
  for (const [row, alike] of keys.entries()) table.add(alike, row);
  expect(keys.map((alike) => table.find(alike))).toEqual([0, 1, 2]);
});

test("what is no SHA-256 is refused", () => {
  expect(() => keyFromHex("abc")).toThrow(/Expected a SHA-256/);
});
