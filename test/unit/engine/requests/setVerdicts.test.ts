import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ViewGoneError, openView } from "../../../../src/engine/requests/openView.ts";
import { answerUndo } from "../../../../src/engine/requests/operations.ts";
import { setVerdicts } from "../../../../src/engine/requests/setVerdicts.ts";
import { prune } from "../../../../src/engine/requests/prune.ts";
import { readDataset } from "../../../../src/engine/store/dataset.ts";
import type { SetVerdictsAnswer, SetVerdictsRequest, Targets } from "../../../../src/protocol/gallery.ts";
import { decideInputOf } from "../../../../src/engine/decide/decideInput.ts";
import { decide } from "../../../../src/core/prune/decide.ts";
import { selectionOf } from "../../../../src/core/selection.ts";
import type { AnalysedWorkplace } from "./analysedWorkplace.ts";
import { createAnalysedWorkplace } from "./analysedWorkplace.ts";

function set(
  place: AnalysedWorkplace,
  targets: Targets,
  decision: SetVerdictsRequest["decision"],
  reason = "",
): Promise<SetVerdictsAnswer> {
  return place.use((dataset) => setVerdicts(place.env, dataset, { targets, decision, reason }));
}

const named = (...pairs: readonly [string, number | null][]): Targets => ({
  kind: "named",
  pairs: pairs.map(([sample, captionIndex]) => ({ sample, captionIndex })),
});

/** The verdicts of `.winnow`, short. */
async function verdictsOf({ env, root }: AnalysedWorkplace): Promise<string[]> {
  const { selection } = (await readDataset(env, root)).state;
  return selection.map(({ sample, captionIndex, decision, actor }) => `${sample}#${captionIndex ?? ""} ${decision} ${actor}`);
}

async function summariesOf({ env, root }: AnalysedWorkplace): Promise<string[]> {
  return (await readDataset(env, root)).ledger.operations.map(({ summary }) => summary);
}

describe("setVerdicts", () => {
  it("judges the positions of a list, as one operation that an undo takes back", async () => {
    const place = await createAnalysedWorkplace({ samples: 10, captionsPerSample: 2 });
    const { view } = await place.use((dataset) => openView(dataset, { unit: "pair", sort: "-pair" }));
    const ranges = [
      [0, 2],
      [18, 20],
    ] as const;
    const answer = await set(place, { kind: "view", view, ranges }, "drop", "dark");
    expect(answer).toEqual({ applied: 4, operation: expect.any(String) as string });
    expect(await verdictsOf(place)).toEqual([
      "garden/00.jpg#0 drop person",
      "garden/00.jpg#1 drop person",
      "garden/roses/09.jpg#0 drop person",
      "garden/roses/09.jpg#1 drop person",
    ]);
    expect(await summariesOf(place)).toEqual(["drop: 4 pairs"]);
    await answerUndo(place.env, { root: place.root, cascade: false });
    expect(await verdictsOf(place)).toEqual([]);
  });

  it("judges what a list of samples shows: the whole sample, or the captions that fit", async () => {
    const place = await createAnalysedWorkplace({ samples: 45, captionsPerSample: 2 });
    const all = await place.use((dataset) => openView(dataset, { unit: "sample" }));
    await set(place, { kind: "view", view: all.view, ranges: [[39, 41]] }, "drop");
    const second = await place.use((dataset) => openView(dataset, { unit: "sample", where: "captionIndex = 1" }));
    await set(place, { kind: "view", view: second.view, ranges: [[0, 1]] }, "review");
    expect(await verdictsOf(place)).toEqual(["garden/00.jpg#1 review person", "garden/40.jpg# drop person", "night/39.jpg# drop person"]);
    expect(await summariesOf(place)).toEqual(["drop: 2 samples", "review: caption 1 of garden/00.jpg"]);
  });

  it("does nothing where everything is so already", async () => {
    const place = await createAnalysedWorkplace({ samples: 10 });
    expect(await set(place, named(["garden/00.jpg", 0], ["garden/04.jpg", 0]), "drop")).toMatchObject({ applied: 2 });
    expect(await set(place, named(["garden/00.jpg", 0], ["garden/08.jpg", 0]), "drop")).toMatchObject({ applied: 1 });
    expect(await set(place, named(["garden/00.jpg", 0], ["garden/08.jpg", 0]), "drop")).toEqual({ applied: 0, operation: null });
    expect(await set(place, named(["night/03.jpg", 0]), "clear")).toEqual({ applied: 0, operation: null });
    expect(await set(place, named(), "drop")).toEqual({ applied: 0, operation: null });
  });

  it("lets the last word hold: on a whole sample over its captions, and on a caption out of its sample", async () => {
    const place = await createAnalysedWorkplace({ samples: 10, captionsPerSample: 3 });
    await set(place, named(["garden/00.jpg", 1]), "keep");
    await set(place, named(["garden/00.jpg", null]), "drop", "dark");
    expect(await verdictsOf(place)).toEqual(["garden/00.jpg# drop person"]);
    await set(place, named(["garden/00.jpg", 1]), "clear");
    expect(await verdictsOf(place)).toEqual(["garden/00.jpg#0 drop person", "garden/00.jpg#2 drop person"]);
    await set(place, named(["garden/00.jpg", null]), "clear");
    expect(await verdictsOf(place)).toEqual([]);
  });

  it("applies the recipe's rules anew, as a decision from the start would", async () => {
    const place = await createAnalysedWorkplace({ samples: 120, captionsPerSample: 2 });
    await prune(place.env, place.root, { rule: { policy: "keepTop", signal: "clipScore", keep: "50%" }, apply: true });
    const low = await place.use((dataset) => openView(dataset, { unit: "pair", where: "verdict = drop", sort: "clipScore" }));
    await set(place, { kind: "view", view: low.view, ranges: [[0, 10]] }, "keep", "rescued");
    const { state } = await readDataset(place.env, place.root);
    const expected = await place.use(async (dataset) => {
      const findings = { signals: await dataset.signals(), groups: await dataset.groups() };
      return selectionOf(decide(decideInputOf(await dataset.samples(), findings, state), state.recipe.rules));
    });
    expect(state.selection).toEqual(expected);
    expect(state.selection.filter(({ reason }) => reason === "rescued")).toHaveLength(10);
    expect(state.selection.some(({ actor }) => actor === "rule")).toBe(true);
  });

  it("finds a judged caption again that has moved, and loses no verdict on one that is gone", async () => {
    const place = await createAnalysedWorkplace({ samples: 10, captionsPerSample: 2 });
    const text = place.made.samples[0]!.captions[1]!.text;
    await set(place, named(["garden/00.jpg", 1]), "drop");
    const file = join(place.root, ".winnow", "selection.csv");
    const before = await readFile(file, "utf8");
    expect(text).toContain("caption 1");

    await writeFile(file, before.replace("garden/00.jpg,1,", "garden/00.jpg,0,") + "garden/04.jpg,1,0123456789abcdef,drop,person,old\n");
    await set(place, named(["garden/08.jpg", 0]), "drop");
    expect(await verdictsOf(place)).toEqual(["garden/00.jpg#1 drop person", "garden/04.jpg#1 drop person", "garden/08.jpg#0 drop person"]);
  });

  it("refuses positions outside of the list, lists that are gone, and names that the dataset hasn't", async () => {
    const place = await createAnalysedWorkplace({ samples: 10 });
    const { view } = await place.use((dataset) => openView(dataset, { unit: "pair" }));
    const ranges = (...all: readonly (readonly [number, number])[]): Targets => ({ kind: "view", view, ranges: all });
    for (const wrong of [ranges([0, 11]), ranges([3, 3]), ranges([4, 6], [5, 7]), ranges([-1, 2])])
      await expect(set(place, wrong, "drop")).rejects.toThrow("Expected ascending ranges of positions below 10");
    await expect(set(place, { kind: "view", view: "view-gone", ranges: [[0, 1]] }, "drop")).rejects.toThrow(ViewGoneError);
    await expect(set(place, named(["nowhere.jpg", null]), "drop")).rejects.toThrow("has no sample nowhere.jpg");
    await expect(set(place, named(["garden/00.jpg", 4]), "drop")).rejects.toThrow("garden/00.jpg has no caption 4, only 1");
    expect(await summariesOf(place)).toEqual([]);
  });
});
