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
      context: "doneTuneRun",
    });
    expect(nodesOf([tuneRunOf({ state: "done" })])).toMatchObject([{ description: "latest 2 h ago" }]);
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
