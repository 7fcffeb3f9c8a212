import { describe, expect, it } from "vitest";
import { parseWhere } from "../../../src/core/where.ts";
import { destinationOfBucket, destinationOfProblem } from "../../../src/host/destinations.ts";
import { bucketOf } from "./entries.ts";

describe("where a click in the side bar leads", () => {
  it("is the gallery with the bucket's filter, or its groups where it is made of some", () => {
    expect(destinationOfBucket(bucketOf("lowScore"))).toEqual({ view: "gallery", where: "clipScore < 0.2", unit: "pair" });
    expect(destinationOfBucket(bucketOf("confusable", { kind: "confusable", groups: 2 }))).toMatchObject({
      view: "groups",
      kind: "confusable",
    });
    expect(destinationOfBucket(bucketOf("confusable", { kind: "confusable", groups: 0 }))).toMatchObject({ view: "gallery" });
  });

  it("is the gallery of those with a problem, by a filter that can be read", () => {
    const { where } = destinationOfProblem("brokenImage");
    expect(parseWhere(where!)).toEqual({ kind: "compare", field: "problem", operator: "=", value: "brokenImage" });
  });
});
