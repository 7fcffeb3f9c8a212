import { describe, expect, it } from "vitest";
import { escapeMarkdown, hoverText } from "../../../../src/host/captions/hoverText.ts";
import { captionOf } from "./madeFile.ts";

describe("the hover over a caption", () => {
  it("tells score, percentile, nearest wrong caption and group", () => {
    const group = { id: "g", kind: "concept", name: "dog", members: 20 } as const;
    const wrong = { sample: "b.jpg", captionIndex: 0, text: "a cat", score: 0.3 };
    expect(hoverText({ caption: captionOf("a dog", { sample: "a.jpg", group }), picture: "data:image/webp;base64,AA", wrong })).toBe(
      [
        "![a\\.jpg](data:image/webp;base64,AA)",
        "**a\\.jpg**",
        "Score 0.250, higher than 40 % of the dataset's",
        "Nearest wrong caption, 0.300: “a cat” (b\\.jpg)",
        "In the group dog of 20",
      ].join("\n\n"),
    );
  });

  it("says that a score is unknown rather than 0", () => {
    expect(hoverText({ caption: captionOf("a dog", { score: null, below: null }), picture: undefined, wrong: undefined })).toContain(
      "Score unknown",
    );
  });

  it("lets no caption be read as Markdown", () => {
    expect(escapeMarkdown("[x](command:y)\n<b> $(icon)")).toBe("\\[x\\]\\(command:y\\) \\<b\\> \\$\\(icon\\)");
  });
});
