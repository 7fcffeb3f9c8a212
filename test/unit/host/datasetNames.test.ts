import { describe, expect, it } from "vitest";
import { namesOf } from "../../../src/host/datasetNames.ts";

const names = (...roots: string[]): string[] => [...namesOf(roots).values()];

describe("the names of datasets", () => {
  it("are those of their folders", () => {
    expect(names("/data/photos", "/data/drawings")).toEqual(["photos", "drawings"]);
    expect(names("/")).toEqual(["/"]);
  });

  it("take as many folders above as tell them apart", () => {
    expect(names("/a/x/train", "/a/y/train", "/b/test")).toEqual(["x/train", "y/train", "test"]);
    expect(names("/a/x/train", "/b/x/train")).toEqual(["a/x/train", "b/x/train"]);
    expect(names("/train", "/a/train")).toEqual(["train", "a/train"]);
  });
});
