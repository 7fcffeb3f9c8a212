import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { openView } from "../../../../src/engine/requests/openView.ts";
import { answerUndo } from "../../../../src/engine/requests/operations.ts";
import { readOverview } from "../../../../src/engine/requests/overview.ts";
import { createSessions } from "../../../../src/engine/requests/sessions.ts";
import { setVerdicts } from "../../../../src/engine/requests/setVerdicts.ts";
import { splitDataset } from "../../../../src/engine/requests/split.ts";
import { withDataset } from "../../../../src/engine/store/dataset.ts";
import { stateChanges } from "../../../../src/engine/store/dotWinnow.ts";
import { applyOperation } from "../../../../src/engine/store/operations.ts";
import type { SetVerdictsRequest } from "../../../../src/protocol/gallery.ts";
import type { Overview } from "../../../../src/protocol/overview.ts";
import { createWorkplace } from "../store/workplace.ts";
import type { AnalysedWorkplace } from "./analysedWorkplace.ts";
import { createAnalysedWorkplace } from "./analysedWorkplace.ts";

const overviewOf = ({ env, sessions, root }: AnalysedWorkplace): Promise<Overview> => readOverview(env, sessions, { root });

function give(
  { env, use }: AnalysedWorkplace,
  decision: SetVerdictsRequest["decision"],
  ...names: readonly [string, number | null][]
): Promise<unknown> {
  const pairs = names.map(([sample, captionIndex]) => ({ sample, captionIndex }));
  return use((dataset) => setVerdicts(env, dataset, { targets: { kind: "named", pairs }, decision, reason: "" }));
}

describe("readOverview", () => {
  it("tells of a dataset that was never analysed", async () => {
    const { env, root } = await createWorkplace();
    const sessions = createSessions(env);
    onTestFinished(() => sessions.close());
    const overview = await readOverview(env, sessions, { root });
    expect(overview).toMatchObject({ root, name: "dataset", analysed: null, operations: [], undoable: null, readOnly: null });
    expect(overview.recipe.rules).toEqual([]);
  });

  it("has in each bucket as many as the list of its filter", async () => {
    const place = await createAnalysedWorkplace({ samples: 450, captionsPerSample: 2 });
    await give(place, "drop", ["garden/000.jpg", null], ["garden/040.jpg", null], ["market/002.jpg", 1]);
    await give(place, "review", ["night/003.jpg", 0]);
    const { analysed } = await overviewOf(place);
    for (const { id, where, unit, count } of analysed!.buckets)
      expect((await place.use((dataset) => openView(dataset, { where, unit }))).count, id).toBe(count);
    const counts = Object.fromEntries(analysed!.buckets.map(({ id, count }) => [id, count]));
    expect(counts).toMatchObject({ duplicates: 12, nearDuplicates: 9, problems: 9, unreadable: 4, dropped: 3, review: 1, edited: 0 });
    const groups = Object.fromEntries(analysed!.buckets.map(({ id, groups: number }) => [id, number]));
    expect(groups).toMatchObject({ duplicates: 6, nearDuplicates: 3, confusable: 3, concepts: 12, lowScore: null });
  });

  it("counts what is kept by pairs and by samples", async () => {
    const place = await createAnalysedWorkplace({ samples: 42, captionsPerSample: 2 });
    expect((await overviewOf(place)).analysed?.kept).toEqual({ samples: 42, captions: 82 });
    await give(place, "drop", ["garden/00.jpg", 0], ["garden/roses/01.jpg", 0], ["garden/roses/01.jpg", 1], ["garden/40.jpg", null]);
    await give(place, "review", ["market/02.jpg", null]);
    await give(place, "keep", ["night/03.jpg", null]);
    expect((await overviewOf(place)).analysed?.kept).toEqual({ samples: 39, captions: 77 });
  });

  it("counts the evaluation split, also one that Winnow made after the analysis", async () => {
    const place = await createAnalysedWorkplace({ samples: 40, validation: 0.1 });
    expect((await overviewOf(place)).analysed?.frozen).toBe(4);
    await splitDataset(place.env, place.root, { seed: 1, validation: "0", test: "50%" });
    const { analysed } = await overviewOf(place);
    const frozen = await place.use((dataset) => openView(dataset, { unit: "sample", where: "split in (validation, test)" }));
    expect(analysed?.frozen).toBe(frozen.count);
    expect(frozen.count).toBeGreaterThan(4);
    expect(analysed?.fields.find(({ name }) => name === "split")?.values).toEqual(expect.arrayContaining(["test", "train", "validation"]));
  });

  it("describes fields: signals, the values of texts of few, and names for concepts", async () => {
    const place = await createAnalysedWorkplace({ samples: 30 });
    const fields = new Map((await overviewOf(place)).analysed!.fields.map((field) => [field.name, field]));
    expect(fields.get("clipScore")).toMatchObject({ type: "float", values: null, signal: { direction: "higherIsBetter" } });
    expect(fields.get("folder")?.values).toEqual(["garden", "garden/roses", "market", "night"]);
    expect(fields.get("caption")).toMatchObject({ type: "text", signal: null, values: null });
    expect(fields.get("verdict")?.values).toEqual(["keep", "review", "drop"]);
    expect(fields.get("concept")?.values?.slice(0, 2)).toEqual(["concept-0001", "concept-0002"]);
    expect(fields.get("concept")?.labels?.slice(0, 2)).toEqual(["dog", "cat"]);
    expect(fields.has("item")).toBe(false);
  });

  it("counts problems by code, those of files that are no sample too", async () => {
    const place = await createAnalysedWorkplace({ samples: 250 });
    expect((await overviewOf(place)).analysed?.problems).toEqual(
      [
        { code: "brokenImage", severity: "error", count: 2 },
        { code: "missingCaption", severity: "warning", count: 3 },
        { code: "orphanCaption", severity: "note", count: 1 },
      ].sort((left, right) => right.count - left.count),
    );
  });

  it("lists the latest operations first and tells what an undo would take back, which is no run's record", async () => {
    const place = await createAnalysedWorkplace({ samples: 20 });
    await give(place, "drop", ["garden/00.jpg", 0]);
    await give(place, "drop", ["garden/04.jpg", 0], ["garden/08.jpg", 0]);
    await withDataset(place.env, place.root, (open, state) => {
      const changes = stateChanges(state, { recipe: { ...state.recipe, seed: 7 } });
      return applyOperation(open, { kind: "recipe", by: "winnow", summary: "analysis with made", changes });
    });
    const before = await overviewOf(place);
    expect(before.operations.map(({ summary }) => summary)).toEqual([
      "analysis with made",
      "drop: 2 pairs",
      "drop: caption 0 of garden/00.jpg",
    ]);
    expect(before.undoable).toEqual(before.operations[1]);
    const answer = await answerUndo(place.env, { root: place.root, cascade: false });
    expect(answer).toMatchObject({ undone: [before.undoable?.operation], restored: 1, left: [] });
    const after = await overviewOf(place);
    expect(after.undoable?.summary).toBe("drop: caption 0 of garden/00.jpg");
    expect(after.state).not.toBe(before.state);
    expect(after.analysed?.kept.captions).toBe(19);
  });

  it("tells the same at the same state without asking again, and a damaged state as it is", async () => {
    const place = await createAnalysedWorkplace({ samples: 20 });
    const first = await overviewOf(place);
    expect((await overviewOf(place)).analysed).toBe(first.analysed);
    await give(place, "drop", ["garden/00.jpg", 0]);
    await writeFile(join(place.root, ".winnow", "selection.csv"), "sample,verdict\nx,burn\n");
    expect((await overviewOf(place)).readOnly).toContain("selection.csv line 2");
  });

  it("counts samples in every bucket of a dataset of pictures alone", async () => {
    const place = await createAnalysedWorkplace({ samples: 220, captionsPerSample: 0, problems: false });
    await give(place, "drop", ["garden/000.jpg", null]);
    const { analysed } = await overviewOf(place);
    expect(analysed?.kept).toEqual({ samples: 219, captions: 0 });
    expect(analysed?.buckets.every(({ unit }) => unit === "sample")).toBe(true);
    expect(analysed?.buckets.find(({ id }) => id === "dropped")?.count).toBe(1);
  });
});
