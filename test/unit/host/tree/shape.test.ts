import { expect, it } from "vitest";
import { shapeOf } from "../../../../src/host/tree/shape.ts";
import { tuneRunsNode } from "../../../../src/host/tree/tuneRunNodes.ts";
import type { ListedTuneRun } from "../../../../src/protocol/tuneRuns.ts";
import { overviewOf, tuneRunOf } from "../entries.ts";

const shapeWith = (run: Partial<ListedTuneRun>): string =>
  shapeOf(tuneRunsNode("/data", overviewOf({ tuneRuns: [tuneRunOf(run), tuneRunOf({ id: "done", state: "done" })] }), 0));

it("stays while a run moves on, and changes when it ends or another changes", () => {
  expect(shapeWith({ epoch: 4, loss: 0.5 })).toBe(shapeWith({ epoch: 3, loss: 0.9 }));
  expect(shapeWith({ state: "stopped" })).not.toBe(shapeWith({}));
  expect(shapeWith({ id: "other" })).not.toBe(shapeWith({}));
});
