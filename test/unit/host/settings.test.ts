import { describe, expect, it } from "vitest";
import { createSettings, readers } from "../../../src/host/settings.ts";

describe("the settings", () => {
  it("are what was set, as far as it can be used", () => {
    const found: Record<string, unknown> = {
      "winnow.engine.provider": "cpu",
      "winnow.encoder.folder": "  ~/models/clip ",
      "winnow.datasets.roots": ["/data", 3, " ", "photos"],
      "winnow.run.whenFilesChange": "never",
    };
    const settings = createSettings((key) => found[key]);
    expect(settings.read("winnow.engine.provider")).toBe("cpu");
    expect(settings.read("winnow.encoder.folder")).toBe("~/models/clip");
    expect(settings.read("winnow.datasets.roots")).toEqual(["/data", "photos"]);
    expect(settings.read("winnow.run.whenFilesChange")).toBe("never");
  });

  it("are whole and within bounds where only such can be used", () => {
    const found: Record<string, unknown> = {
      "winnow.rewrite.concurrency": 8,
      "winnow.rewrite.pictureSide": 512.5,
      "winnow.rewrite.timeout": 0,
    };
    const settings = createSettings((key) => found[key]);
    expect(settings.read("winnow.rewrite.concurrency")).toBe(8);
    expect(settings.read("winnow.rewrite.pictureSide")).toBe(768);
    expect(settings.read("winnow.rewrite.timeout")).toBe(180);
  });

  it("fall back to the default where what was set can't be used", () => {
    for (const wrong of [undefined, null, 7, { a: 1 }, "warp"]) {
      const settings = createSettings((key) => (key === "winnow.encoder.folder" && wrong === "warp" ? 1 : wrong));
      expect(settings.read("winnow.engine.provider")).toBe("auto");
      expect(settings.read("winnow.run.whenFilesChange")).toBe("ask");
      expect(settings.read("winnow.datasets.exclude")).toEqual(readers["winnow.datasets.exclude"].otherwise);
      expect(settings.read("winnow.encoder.folder")).toBe("");
    }
  });
});
