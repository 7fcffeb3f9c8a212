import { homedir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { innermostRoot, isWithin, resolveEncoder, resolveFolder, trimmed } from "../../../src/host/folders.ts";

describe("a folder of a setting", () => {
  it("is absolute, below the home folder, or below the workspace", () => {
    expect(resolveFolder("/data/photos/", undefined)).toBe("/data/photos");
    expect(resolveFolder("~/photos", undefined)).toBe(join(homedir(), "photos"));
    expect(resolveFolder("photos", "/work")).toBe("/work/photos");
    expect(resolveFolder("photos", undefined)).toBeUndefined();
  });
});

describe("an encoder of a setting", () => {
  it("is a folder where it is written as a path, and an id where not", () => {
    expect(resolveEncoder("", "/work")).toBeUndefined();
    expect(resolveEncoder("openai/clip-vit-base-patch32", "/work")).toBe("openai/clip-vit-base-patch32");
    expect(resolveEncoder("./models/clip", "/work")).toBe("/work/models/clip");
    expect(resolveEncoder("~/clip", "/work")).toBe(join(homedir(), "clip"));
    expect(resolveEncoder("/models/clip", undefined)).toBe("/models/clip");
  });
});

describe("the place of a path", () => {
  it("is within a folder by whole names", () => {
    expect(isWithin("/data/a", "/data/a/b.jpg")).toBe(true);
    expect(isWithin("/data/a", "/data/a")).toBe(true);
    expect(isWithin("/data/a", "/data/ab/c.jpg")).toBe(false);
    expect(isWithin("/data/a", "/data/..a")).toBe(false);
    expect(isWithin("/data", "/data/..a")).toBe(true);
  });

  it("belongs to the innermost of nested datasets", () => {
    const roots = ["/data", "/data/train", "/other"];
    expect(innermostRoot(roots, "/data/train/x.jpg")).toBe("/data/train");
    expect(innermostRoot(roots, "/data/test/x.jpg")).toBe("/data");
    expect(innermostRoot(roots, "/elsewhere/x.jpg")).toBeUndefined();
  });

  it("has one spelling, also on Windows", () => {
    expect(trimmed("/data/")).toBe("/data");
    expect(trimmed("/")).toBe("/");
    expect(trimmed("c:\\data\\")).toBe("C:\\data");
    expect(trimmed("c:\\")).toBe("C:\\");
  });
});
