import { describe, expect, it } from "vitest";
import { tuneRunsNode } from "../../../../src/host/tree/tuneRunNodes.ts";
import type { ListedTuneRun } from "../../../../src/protocol/tuneRuns.ts";
import { overviewOf, tuneRunOf } from "../entries.ts";

const nowMs = Date.parse("2026-11-24T12:00:00.000Z");

const nodesOf = (tuneRuns?: readonly ListedTuneRun[]) =>
  tuneRunsNode("/data", overviewOf(tuneRuns === undefined ? {} : { tuneRuns }), nowMs);
const runNodeOf = (more?: Partial<ListedTuneRun>) => {
  const [node] = nodesOf([tuneRunOf(more)]);
  return Array.isArray(node?.children) ? (node.children[0] as unknown) : undefined;
};

describe("runs of fine-tuning in the side bar", () => {
  it("begin with one that is offered", () => {
    for (const nodes of [nodesOf(), nodesOf([])])
      expect(nodes).toMatchObject([
        { label: "Fine-tune the encoder", context: "noTuneRuns", command: { id: "winnow.fineTune", arguments: [{ root: "/data" }] } },
      ]);
  });

  it("tell how far one is, its loss and what it has brought, and can be stopped", () => {
    expect(nodesOf([tuneRunOf(), tuneRunOf({ id: "older", state: "done" })])).toMatchObject([
      { label: "Fine-tuning runs", description: "1 run under way" },
    ]);
    expect(runNodeOf()).toMatchObject({
      label: "infoNce, linear",
      description: "running · epoch 3 of 20, at most 40 s left · loss 1.23 · R@1 12.0 → 19.5 % · 2 h ago",
      context: "runningTuneRun",
      icon: { id: "sync~spin" },
      command: { id: "winnow.openTuneReport", arguments: [{ root: "/data", subject: { run: "20261124-100000-infoNce" } }] },
      subject: { kind: "tuneRun", run: "20261124-100000-infoNce" },
    });
  });

  it("offer the tuned encoder of one that is done", () => {
    expect(runNodeOf({ state: "done", etaSeconds: null, tuned: "/data/.winnow/runs/x/built-in-infoNce" })).toMatchObject({
      description: "done · R@1 12.0 → 19.5 % · 2 h ago",
      context: "doneTuneRun comparable",
    });
    const incomparable = "It was trained on a cluster";
    expect(runNodeOf({ state: "done", incomparable, tuned: "/data/.winnow/runs/x/x" })).toMatchObject({ context: "doneTuneRun" });
    expect(runNodeOf({ state: "done", recallBefore: null })).toMatchObject({ description: "done · R@1 19.5 % at best · 2 h ago" });
    expect(nodesOf([tuneRunOf({ state: "done" })])).toMatchObject([{ description: "latest 2 h ago" }]);
  });

  it("count the trainings of one that compares with random pairs, and say what came out", () => {
    const unknown = { epoch: null, epochs: null, loss: null, recallBefore: null, recallBest: null, etaSeconds: 20 };
    const comparison = { of: "older", done: 1, total: 4, answer: null };
    expect(runNodeOf({ ...unknown, comparison })).toMatchObject({
      description: "running · training 1 of 4, at most 20 s left · 2 h ago",
      context: "runningTuneRun",
    });
    const answer = { pairs: 7, ofPairs: 9, curated: [0.5], random: [0.4], difference: { mean: 0.1, low: 0.02, high: 0.18 } };
    expect(runNodeOf({ ...unknown, state: "done", comparison: { ...comparison, done: 4, answer } })).toMatchObject({
      description: "done · +10.0 points (95 % of +2.0 to +18.0, 1 seed): it helped · 2 h ago",
      context: "endedTuneRun",
    });
  });

  it("say why one failed, and leave out what isn't known", () => {
    const failed = runNodeOf({
      state: "failed",
      message: "The loss is no number",
      loss: null,
      recallBefore: null,
      recallBest: null,
      etaSeconds: null,
    });
    expect(failed).toMatchObject({ description: "failed · epoch 3 of 20 · 2 h ago", context: "tuneRun" });
    expect(failed).toMatchObject({ tooltip: expect.stringContaining("The loss is no number") as unknown });
  });
});
