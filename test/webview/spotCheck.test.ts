import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SaveLabelsRequest, SpotEstimate } from "../../src/protocol/spotCheck.ts";
import { inspectionOf } from "./answers.ts";
import { findAccessibilityViolations } from "./axe.ts";
import { createFakeHost } from "./fakeHost.ts";
import { type OpenPage, openPage } from "./harness.ts";
import { makeUp } from "./madeUp.ts";

const made = makeUp(600, 2);
const nameOf = (row: number): string => `pictures/${String(row).padStart(7, "0")}.jpg`;
const rowOf = (sample: string): number => Number(/(\d+)\.jpg$/.exec(sample)![1]);

const saved: SaveLabelsRequest["labels"][number][] = [];
const pictures: string[] = [];
let problem: string | undefined;
let estimate: SpotEstimate = {
  precision: null,
  recall: null,
  mismatchRate: null,
  labelled: { match: 0, mismatch: 0, unsure: 0 },
  droppedLabelled: 0,
  keptLabelled: 0,
};
let drawn: readonly { sample: string; captionIndex: number }[] = [];
const asked: { seed: number; size: number; cut: number }[] = [];

const fake = createFakeHost(made, {
  drawSpotCheck: ({ size, seed, cut }) => {
    asked.push({ size, seed, cut });
    drawn = Array.from({ length: size }, (_, at) => ({ sample: nameOf((at * 37 + seed) % 600), captionIndex: at % 2 }));
    return { pairs: drawn };
  },
  inspect: ({ sample }) => inspectionOf(made, rowOf(sample)),
  saveLabels: ({ labels }) => {
    if (problem !== undefined) throw new Error(problem);
    saved.push(...labels);
    return null;
  },
  estimateSpotCheck: () => estimate,
});
const read = fake.handlers.readPicture;
const handlers = fake.handlers as { readPicture: typeof read };
handlers.readPicture = (params, watching) => {
  pictures.push(params.sample);
  return read(params, watching);
};

/** What a busy machine takes some time for. */
const eventually = <Value>(read: () => Value | Promise<Value>): ReturnType<typeof expect.poll> => expect.poll(read, { timeout: 20_000 });
let open: OpenPage;
const text = async (selector: string): Promise<string> => (await open.page.locator(selector).innerText()).replaceAll("\u00a0", " ");
const press = (key: string): Promise<void> => open.page.keyboard.press(key);
const captionOf = ({ sample, captionIndex }: { sample: string; captionIndex: number }): string =>
  made.textOf(rowOf(sample) * 2 + captionIndex);

async function waitFor(place: number): Promise<void> {
  await open.page.waitForSelector(`.check-progress:text-is("${place} of 5")`);
  await open.page.waitForSelector(".check-picture img");
}

beforeAll(async () => {
  const spotCheck = { signal: "clipScore", cut: 0.15, size: 5, seed: 7 };
  open = await openPage(fake, { state: { root: "/made-up", view: "spotCheck", inspected: nameOf(3), details: { spotCheck } } });
  await open.page.waitForSelector(".estimates");
});

afterAll(() => open.dispose());

describe("the spot check", () => {
  it("tells what the cut drops, and that nothing is known of it yet", async () => {
    const dropped = made.score.filter((value) => value < Math.fround(0.15)).length; // the made-up dataset can't tell splits apart
    await eventually(() => text(".setup-form")).toContain(`${dropped} pairs, those of the evaluation split left out`);
    await eventually(() => text(".setup-known")).toContain("not known yet");
    expect(await findAccessibilityViolations(open.page)).toEqual([]);
  });

  it("shows pairs blind, and closes the inspector, which tells scores", async () => {
    await open.page.click("text=Draw pairs and begin");
    await waitFor(1);
    expect(asked).toEqual([{ size: 5, seed: 7, cut: 0.15 }]);
    await eventually(() => text(".check-caption")).toBe(captionOf(drawn[0]!));
    await eventually(() => open.page.locator(".inspector-pane").isHidden()).toBe(true);
    const shown = await open.page.locator(".check").evaluate((element) => element.outerHTML);
    for (const hint of ["pictures/", "0000", "score", "drop", "CLIP"]) expect(shown).not.toContain(hint);
    expect(await findAccessibilityViolations(open.page)).toEqual([]);
  });

  it("labels with single keys, each at once, with the next picture here already", async () => {
    await eventually(() => pictures).toContain(drawn[1]!.sample);
    await press("m");
    await waitFor(2);
    await eventually(() => text(".check-caption")).toBe(captionOf(drawn[1]!));
    await press("ArrowLeft");
    await waitFor(3);
    await eventually(() => saved).toEqual([
      { ...drawn[0], label: "match" },
      { ...drawn[1], label: "mismatch" },
    ]);
  });

  it("goes back, shows what was said, and takes another label or none", async () => {
    await press("Backspace");
    await waitFor(2);
    await eventually(() => open.page.getAttribute(".check-button.mismatch", "aria-pressed")).toBe("true");
    await press("u");
    await waitFor(3);
    await open.host.call("perform", { action: "undo" });
    await waitFor(2);
    await open.page.click("text=No label");
    await eventually(() => saved.slice(2)).toEqual([
      { ...drawn[1], label: "unsure" },
      { ...drawn[1], label: "clear" },
    ]);
    await press("n");
    await waitFor(3);
    expect(fake.calls.get("undo")).toBeUndefined();
    expect(fake.calls.get("setVerdicts")).toBeUndefined();
  });

  it("keeps labels that can't be saved, tells so, and saves them later", async () => {
    await eventually(() => saved.length).toBe(5);
    problem = "The disk is full";
    await press("y");
    await waitFor(4);
    await press("u");
    await waitFor(5);
    await eventually(() => text(".check-unsaved")).toContain("2 labels not saved yet, kept here and tried again: The disk is full");
    const kept = await open.page.evaluate<{ details: { spotCheck: { unsaved: unknown; check: { at: number } } } }>("winnowState");
    // while saving fails they take turns, so how many tries there were decides which is first
    const both = (labels: readonly unknown[]): unknown => expect.arrayContaining([...labels]);
    expect(kept.details.spotCheck).toMatchObject({ check: { at: 4 } });
    expect((kept.details.spotCheck.unsaved as { label: string }[]).map(({ label }) => label).sort()).toEqual(["match", "unsure"]);
    problem = undefined;
    await eventually(() => saved.length).toBe(7);
    expect(saved.slice(5)).toEqual(
      both([
        { ...drawn[2], label: "match" },
        { ...drawn[3], label: "unsure" },
      ]),
    );
    await eventually(() => open.page.locator(".check-unsaved").count()).toBe(0);
  });

  it("tells how good the cut is when all are done", async () => {
    estimate = {
      precision: { value: 0.82, low: 0.74, high: 0.88 },
      recall: { value: 0.6, low: 0.41, high: 0.77 },
      mismatchRate: { value: 0.08, low: 0.05, high: 0.12 },
      labelled: { match: 2, mismatch: 2, unsure: 1 },
      droppedLabelled: 3,
      keptLabelled: 2,
    };
    await press("n");
    await open.page.waitForSelector("#setup-title:has-text('Done: 5 pairs')");
    await eventually(() => open.page.evaluate("document.activeElement.id")).toBe("setup-title");
    await eventually(() => text(".setup-known")).toContain(
      "about 82 % (74–88 %) are truly wrong; it finds about 60 % (41–77 %) of all wrong pairs.",
    );
    await eventually(() => text(".setup-known")).toContain(
      "5 labels: 2 match, 2 mismatch, 1 unsure. Counted, the unsure left out: 3 on the dropped side of the cut, 2 on the kept side",
    );
    await eventually(() => open.page.locator(".estimate-interval").count()).toBe(3);
    await eventually(() => text(".setup-actions")).toContain("Draw again with seed 8");
    expect(await findAccessibilityViolations(open.page)).toEqual([]);
  });

  it("goes on where it was after a reload, also in high contrast", async () => {
    await open.page.click("text=Draw again");
    await waitFor(1);
    await press("m");
    await waitFor(2);
    const kept = await open.page.evaluate("winnowState");
    const again = await openPage(fake, { theme: "highContrast", state: kept });
    try {
      await again.page.waitForSelector('.check-progress:text-is("2 of 5")');
      await again.page.waitForSelector(".check-picture img");
      expect(await again.page.locator(".check-caption").innerText()).toBe(captionOf(drawn[1]!));
      expect(await findAccessibilityViolations(again.page)).toEqual([]);
      expect(again.errors).toEqual([]);
    } finally {
      await again.dispose();
    }
  });

  it("lets pictures go that are not looked at, and writes no errors", async () => {
    await open.page.click("text=End the check");
    await open.page.waitForSelector(".setup");
    expect(open.errors).toEqual([]);
  });
});
