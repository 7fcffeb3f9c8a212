import { describe, expect, it } from "vitest";
import type { NamedRow } from "../../../../src/core/imports/matchRows.ts";
import { createMatcher } from "../../../../src/core/imports/matchRows.ts";
import type { ContentHash } from "../../../../src/core/sample.ts";

const hash = (digit: string): ContentHash => digit.repeat(64) as ContentHash;
const sample = (id: string, digit: string, rest: { uid?: string; url?: string; path?: string } = {}) => ({
  id,
  hash: hash(digit),
  ...rest,
});

describe("the picture of a row", () => {
  const match = createMatcher([
    sample("catalog/a.jpg", "a", { path: "/data/shop/catalog/a.jpg", url: "https://example.org/a.jpg" }),
    sample("catalog/b.jpg", "b", { uid: "00FF" }),
    sample("other/b.jpg", "c"),
    sample("00000.tar#000010005.jpg", "d"),
    sample("copy/e.jpg", "e"),
    sample("copies/e.jpg", "e"),
  ]);
  const cases: readonly (readonly [string, NamedRow, string | undefined])[] = [
    ["its SHA-256", { sha256: "A".repeat(64) }, "a"],
    ["its own uid", { uid: "00ff" }, "b"],
    ["the uid that is minted of its SHA-256", { uid: "c".repeat(32) }, "c"],
    ["its absolute path", { imagePath: "/data/shop/catalog/a.jpg" }, "a"],
    ["a path on another machine that ends with the sample's", { imagePath: "C:\\content\\catalog\\a.jpg" }, "a"],
    ["a path that the sample's ends with", { imagePath: "other/b.jpg" }, "c"],
    ["the key of a member of an archive", { key: "000010005" }, "d"],
    ["the same key as clip-retrieval writes it", { imagePath: "000010005" }, "d"],
    ["its url", { url: "https://example.org/a.jpg" }, "a"],
    ["a name that two copies of it share", { imagePath: "e.jpg" }, "e"],
    ["a path where the uid is another catalogue's", { uid: "1".repeat(32), imagePath: "x/catalog/b.jpg" }, "b"],
  ];
  it.each(cases)("is found by %s", (_, row, digit) => {
    expect(match(row)).toBe(digit === undefined ? undefined : hash(digit));
  });

  it.each([
    ["a name that two pictures have", { imagePath: "b.jpg" }],
    ["a path that only ends like another", { imagePath: "/x/catalogs/a.jpg" }],
    ["a part of a folder's name", { imagePath: "log/a.jpg" }],
    ["an unknown SHA-256", { sha256: "9".repeat(64) }],
    ["nothing", {}],
  ] as const)("is not guessed by %s", (_, row) => {
    expect(match(row)).toBeUndefined();
  });
});
