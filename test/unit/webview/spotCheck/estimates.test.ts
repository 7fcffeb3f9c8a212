import { describe, expect, it } from "vitest";
import { captionRank } from "../../../../src/core/signals/captionRank.ts";
import { clipScore } from "../../../../src/core/signals/clipScore.ts";
import { truncated } from "../../../../src/core/signals/truncated.ts";
import type { SpotEstimate } from "../../../../src/protocol/spotCheck.ts";
import { actionOfKey } from "../../../../webview/views/spotCheck/checkTemplate.ts";
import { whereWorse } from "../../../../webview/views/spotCheck/cutKnowledge.ts";
import { parseDetail, type SpotDetail, withCut } from "../../../../webview/views/spotCheck/detail.ts";
import { tellEstimate, tellShare } from "../../../../webview/views/spotCheck/estimates.ts";

const estimate: SpotEstimate = {
  precision: { value: 0.82, low: 0.74, high: 0.88 },
  recall: { value: 0.6, low: 0.41, high: 0.77 },
  mismatchRate: null,
  labelled: { match: 3, mismatch: 2, unsure: 1 },
  droppedLabelled: 3,
  keptLabelled: 3,
};
const plain = (text: string): string => text.replaceAll("\u00a0", " ");

describe("estimates in words", () => {
  it("tell shares with their intervals", () => {
    expect(plain(tellEstimate(estimate, 1204).join(" "))).toBe(
      "Of the 1,204 pairs that this cut drops, about 82 % (74–88 %) are truly wrong; it finds about 60 % (41–77 %) of all wrong pairs.",
    );
    expect(plain(tellShare({ value: 0.034, low: 0.01, high: 0.1 }))).toBe("3.4 % (1–10 %)");
  });

  it("say what is not known yet, and how to know it", () => {
    const nothing = tellEstimate({ ...estimate, precision: null, recall: null }, undefined);
    expect(nothing).toEqual(["Precision and recall: not known yet. Label pairs on both sides of the cut."]);
    const [known, missing] = tellEstimate({ ...estimate, recall: null }, undefined);
    expect(known).toContain("Of the pairs that this cut drops");
    expect(missing).toMatch(/^Recall: not known yet/);
  });
});

describe("keys of a check", () => {
  const key = (name: string, pressed: Partial<KeyboardEvent> = {}): ReturnType<typeof actionOfKey> =>
    actionOfKey({ key: name, ctrlKey: false, metaKey: false, altKey: false, ...pressed } as KeyboardEvent);

  it("label and go back", () => {
    expect(["m", "Y", "ArrowRight"].map((name) => key(name))).toEqual(["match", "match", "match"]);
    expect(["n", "ArrowLeft"].map((name) => key(name))).toEqual(["mismatch", "mismatch"]);
    expect(key("u")).toBe("unsure");
    expect(key("Backspace")).toBe("back");
  });

  it("leave commands and other keys alone", () => {
    expect(key("z", { ctrlKey: true })).toBeUndefined();
    expect(key("k")).toBeUndefined();
    expect(key("Enter")).toBeUndefined();
  });
});

describe("the cut to check", () => {
  it("is of the bad end of its signal outside of the evaluation split, as a filter", () => {
    const judged = 'not (split in ("validation", "test"))';
    expect(whereWorse({ signal: clipScore, cut: 0.25 }, [])).toBe(`clipScore < 0.25 and ${judged}`);
    expect(whereWorse({ signal: clipScore, cut: 0.7 }, [])).toBe(`clipScore < ${Math.fround(0.7)} and ${judged}`);
    expect(whereWorse({ signal: captionRank, cut: 10 }, [])).toBe(`captionRank > 10 and ${judged}`);
    expect(whereWorse({ signal: truncated, cut: 0 }, [{ name: "truncated", type: "boolean" }])).toBe(`truncated = true and ${judged}`);
  });

  it("ends a check of another cut, and keeps what is not saved", () => {
    const detail: SpotDetail = {
      signal: "clipScore",
      cut: 0.2,
      size: 12,
      seed: 4,
      check: { pairs: [{ sample: "a", captionIndex: 0 }], labels: ["match"], at: 1 },
      unsaved: [{ sample: "a", captionIndex: 0, label: "match" }],
    };
    expect(parseDetail(structuredClone(detail))).toEqual(detail);
    expect(withCut(detail, { signal: "clipScore", cut: 0.2 })).toEqual(detail);
    expect(withCut(detail, { signal: "clipScore", cut: 0.3 })).toEqual({ ...detail, cut: 0.3, check: null });
  });

  it("is not trusted when it comes back", () => {
    const beginning = { signal: null, cut: null, size: 40, seed: 1, check: null, unsaved: [] };
    expect(parseDetail(undefined)).toEqual(beginning);
    expect(
      parseDetail({
        size: 1e9,
        seed: -1,
        cut: "0.2",
        check: { pairs: [{ sample: 1 }], at: 0 },
        unsaved: [{ sample: "a", captionIndex: 0, label: "nice" }],
      }),
    ).toEqual(beginning);
    expect(parseDetail({ check: { pairs: [{ sample: "a", captionIndex: 0 }], labels: ["odd"], at: 5 } }).check).toBeNull();
  });
});
