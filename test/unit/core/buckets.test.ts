import { describe, expect, it } from "vitest";
import { buckets } from "../../../src/core/buckets.ts";
import { parseWhere } from "../../../src/core/where.ts";

describe("buckets", () => {
  it("have filters that can be read, and ids and titles of their own", () => {
    for (const { where } of buckets) expect(() => parseWhere(where), where).not.toThrow();
    expect(new Set(buckets.map(({ id }) => id)).size).toBe(buckets.length);
    expect(new Set(buckets.map(({ title }) => title)).size).toBe(buckets.length);
  });

  it("say in one sentence what is in them", () => {
    for (const { about, id } of buckets) expect(about, id).toMatch(/^[A-Z].*[^.]$/);
  });
});
