import { describe, expect, it } from "vitest";
import { splitMemberName } from "../../../../src/core/formats/webdatasetKey.ts";

describe("splitMemberName", () => {
  it("cuts at the first dot of the base name", () => {
    expect(splitMemberName("a.b/img.v2.JPG")).toEqual({ key: "a.b/img", field: "v2.jpg" });
    expect(splitMemberName("0001.jpg")).toEqual({ key: "0001", field: "jpg" });
  });

  it("gives nothing for names that webdataset skips", () => {
    expect([splitMemberName("a/._x.jpg"), splitMemberName("readme"), splitMemberName("a.b/")]).toEqual([undefined, undefined, undefined]);
  });
});
