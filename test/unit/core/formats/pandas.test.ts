import { describe, expect, it } from "vitest";
import { isMissingForPandas } from "../../../../src/core/formats/pandas.ts";

describe("isMissingForPandas", () => {
  it("knows pandas' words and lets a leading space save them", () => {
    expect(["NA", "null", "None", ""].map(isMissingForPandas)).toEqual([true, true, true, true]);
    expect([" NA", "na", "a dog"].map(isMissingForPandas)).toEqual([false, false, false]);
  });
});
