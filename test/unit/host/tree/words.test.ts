import { describe, expect, it } from "vitest";
import { aboutRule, escapeMarkdown, formatAgo, formatRuleOptions, wordsFromName } from "../../../../src/host/tree/words.ts";

const nowMs = Date.parse("2026-11-24T12:00:00.000Z");

describe("the words of the side bar", () => {
  it("tell how long ago something was", () => {
    const ago = (text: string): string => formatAgo(text, nowMs);
    expect(["2026-11-24T11:59:30Z", "2026-11-24T11:15:00Z", "2026-11-24T01:00:00Z"].map(ago)).toEqual([
      "just now",
      "45 min ago",
      "11 h ago",
    ]);
    expect(["2026-11-23T08:00:00Z", "2026-11-10T08:00:00Z", "2026-01-10T08:00:00Z"].map(ago)).toEqual([
      "yesterday",
      "14 days ago",
      "2026-01-10",
    ]);
    expect(ago("never")).toBe("");
    expect(ago("2026-11-24T13:00:00Z")).toBe("just now"); // a clock elsewhere may go ahead
  });

  it("are made of names and rules", () => {
    expect(wordsFromName("exifOrientation")).toBe("Exif orientation");
    expect(formatRuleOptions({ policy: "deduplicate", of: "duplicate", mergeCaptions: true, off: true })).toBe(
      "of duplicate, mergeCaptions",
    );
    expect(aboutRule({ policy: "threshold" })).toBe("keeps what scores at least min and at most max");
    expect(aboutRule({ policy: "future" })).toContain("not known");
  });

  it("show text as it is in Markdown", () => {
    expect(escapeMarkdown("a_b *c* [d](e) <f> $(g)")).toBe("a\\_b \\*c\\* \\[d\\]\\(e\\) \\<f\\> \\$\\(g\\)");
  });
});
