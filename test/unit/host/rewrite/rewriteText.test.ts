import { describe, expect, it } from "vitest";
import {
  captionsRewritten,
  keyForgotten,
  keyKept,
  nothingToRewrite,
  rewritesAccepted,
  rewritingStopped,
} from "../../../../src/host/rewrite/rewriteMessages.ts";
import { rewriteQuestion } from "../../../../src/host/rewrite/rewriteText.ts";
import type { RewriteEstimate, RewriteReport } from "../../../../src/protocol/rewrites.ts";

const scope = { total: 1500, frozen: 100, machine: 0, skipped: 1, captions: 1399 };
const estimate: RewriteEstimate = {
  ...{ ...scope, calls: 1200, cached: 199, pictures: 1200, inputTokens: 90_000, outputTokens: 153_600, countedPrompts: 32 },
};
const report: RewriteReport = {
  ...{
    ...scope,
    asked: 1200,
    cached: 199,
    retries: 0,
    proposals: 1300,
    known: 0,
    unchanged: 99,
    glitches: 3,
    measured: 1300,
    failures: [],
  },
};
const entry = { name: "photos", root: "/data/photos" };

describe("what a person is asked before captions are rewritten", () => {
  it("tells requests, pictures and tokens, what is left, and that no file changes", () => {
    const { text, detail, action } = rewriteQuestion(estimate, "Tiny");
    expect(text).toBe("Rewrite 1,399 captions by Tiny?");
    expect(detail.split("\n")).toEqual([
      "1,200 requests, 1,200 pictures with them, 199 more are known from before",
      "About 90,000 tokens of text in (the model counted 32 prompts), at most 153,600 out; pictures come on top",
      "Left as they are: 100 of the evaluation split, 1 with nothing for this way to rewrite",
      "",
      "They become proposals: no file is changed before you accept them",
    ]);
    expect(action).toBe("Ask and Propose");
    expect(detail).not.toMatch(/\$|€|price|cost/i);
  });

  it("asks nobody where rules write, or all answers are known", () => {
    const rules = rewriteQuestion({ ...estimate, calls: 0, cached: 0, pictures: 0, inputTokens: 0 }, "rules");
    expect(rules.action).toBe("Propose");
    expect(rules.detail).not.toMatch(/request|token/);
    expect(rewriteQuestion({ ...estimate, calls: 0, cached: 1399 }, "Tiny").detail).toMatch(/^All 1,399 answers are known from before/);
  });
});

describe("what a person is told of rewriting", () => {
  const refused = { ...report, failures: [{ reason: "Tiny finds the prompt off-topic", count: 2 }] };
  const done = { operation: "o1", accepted: 1, passed: 0, left: [] };
  const left = [{ id: "p", sample: "a.jpg", reason: "has another caption by now" }];
  const all = {
    nothing: nothingToRewrite(entry, scope),
    rewritten: captionsRewritten(entry, report, { acceptable: 7, strategy: "add" }),
    none: captionsRewritten(entry, refused, { acceptable: 0, strategy: "replace" }),
    stopped: rewritingStopped(entry, 4),
    accepted: rewritesAccepted(entry, done),
    acceptedSome: rewritesAccepted(entry, { ...done, left }),
    acceptedNone: rewritesAccepted(entry, { ...done, operation: null, accepted: 0 }),
    kept: keyKept("https://example.org"),
    forgotten: keyForgotten("https://example.org"),
  };

  it.each(Object.entries(all))("is one sentence with at most two actions: %s", (_, { text, actions }) => {
    expect(text).toMatch(/^\w/);
    expect(text).not.toMatch(/[.!]$|\n|undefined|null|NaN|\[object/);
    expect(actions.length).toBeLessThanOrEqual(2);
  });

  it("offers what comes next", () => {
    expect(all.rewritten.text).toBe("1,300 new proposals for photos, 7 in all pass the rule");
    expect(all.rewritten.actions).toMatchObject([
      { command: "winnow.reviewRewrites", arguments: [{ root: "/data/photos" }] },
      { command: "winnow.acceptRewrites", arguments: [{ root: "/data/photos", strategy: "add" }] },
    ]);
    expect(all.none).toMatchObject({ severity: "warning", actions: [{ command: "winnow.reviewRewrites" }] });
    expect(all.none.text).toContain("none for 2 captions: Tiny finds the prompt off-topic");
    expect(all.accepted.actions).toMatchObject([{ arguments: [{ subject: { kind: "operation", operation: "o1" } }] }]);
    expect(all.acceptedSome.text).toContain("left as they are: 1 (a.jpg has another caption by now)");
  });
});
