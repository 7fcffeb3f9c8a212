import { describe, expect, it } from "vitest";
import { isBrowserFormat, isInside } from "../../../../src/host/panel/panelWindow.ts";

describe("isInside", () => {
  it.each([
    ["/data/a.jpg", true],
    ["/data/..a/b.jpg", true],
    ["/data", false],
    ["/data/../etc/passwd", false],
    ["/database/a.jpg", false],
    ["/etc/passwd", false],
  ])("says of %s in /data: %s", (path, inside) => expect(isInside("/data", path)).toBe(inside));
});

describe("isBrowserFormat", () => {
  it("knows what a browser shows by itself", () => {
    expect(["jpeg", "webp", "tiff", "heif", null].filter(isBrowserFormat)).toEqual(["jpeg", "webp"]);
  });
});
