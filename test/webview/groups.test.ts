import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { confusableGroup, copyGroup } from "./answers.ts";
import { findAccessibilityViolations } from "./axe.ts";
import { createFakeHost } from "./fakeHost.ts";
import { type OpenPage, openPage } from "./harness.ts";
import { makeUp } from "./madeUp.ts";

const made = makeUp(1000);
const asked: { method: string; params: unknown }[] = [];
let open: OpenPage;

beforeAll(async () => {
  const groups = [confusableGroup(made, "c1", 6), confusableGroup(made, "c2", 3)];
  const copies = [copyGroup(made, "n1", { kind: "nearDuplicate", size: 4 }), copyGroup(made, "n2", { kind: "nearDuplicate", size: 3 })];
  const fake = createFakeHost(made, {
    readGroups: ({ kind, group }) => {
      const all = kind === "confusable" ? groups : kind === "nearDuplicate" ? copies : [];
      return { generation: "g1", count: all.length, groups: group === undefined ? all : all.filter(({ id }) => id === group) };
    },
    relate: (params) => {
      asked.push({ method: "relate", params });
      return { applied: 1, operation: "r1" };
    },
    keepBest: (params) => {
      asked.push({ method: "keepBest", params });
      return {
        kept: [{ group: "n1", sample: copies[0]!.members[1]!.row.sample, why: "CLIP score 0.312 is the highest" }],
        groups: 1,
        dropped: 3,
        operation: params.apply ? "k1" : null,
      };
    },
  });
  open = await openPage(fake, { state: { root: "/made-up", view: "groups" } });
  await open.page.waitForSelector(".heat td");
});

afterAll(() => open.dispose());

describe("the groups", () => {
  it("draw a confusable group as pictures × captions, with what fits better than the own caption", async () => {
    await expect.poll(() => open.page.locator(".heat [role=gridcell]").count()).toBe(36);
    expect(await open.page.locator(".heat td.own").count()).toBe(6);
    expect(await open.page.locator(".heat td.better").count()).toBeGreaterThan(0);
    await open.page.waitForSelector(".heat winnow-thumbnail img");
    await open.screenshot("groups-dark");
  });

  it("show both sides of a cell with the words that differ, and relate them", async () => {
    await open.page.click('[data-cell="0,1"]');
    await open.page.waitForSelector(".compare mark.differs");
    await expect.poll(() => open.page.locator(".compared").count()).toBe(2);
    await open.screenshot("groups-pair-dark");
    await open.page.click("text=Mark false negative");
    await open.page.waitForSelector("text=Marked as false negatives");
    const members = [0, 11].map((row) => ({ sample: `pictures/${String(row).padStart(7, "0")}.jpg`, captionIndex: 0 }));
    await expect.poll(() => asked.at(-1)).toEqual({ method: "relate", params: { members, relation: "falseNegative" } });
  });

  it("walk the cells by the arrow keys", async () => {
    await open.page.focus('[data-cell="0,1"]');
    await open.page.keyboard.press("ArrowDown");
    await open.page.keyboard.press("ArrowRight");
    await expect.poll(() => open.page.evaluate("document.activeElement.dataset.cell")).toBe("1,2");
    await expect.poll(() => open.page.locator('.heat [aria-selected="true"]').count()).toBe(1);
  });

  it("say which copy is best and why, and keep it", async () => {
    await open.page.selectOption("select[aria-label='Kind of groups']", "nearDuplicate");
    await open.page.waitForSelector(".member.best");
    await expect.poll(() => open.page.textContent(".member.best")).toContain("CLIP score 0.312 is the highest");
    await open.screenshot("groups-copies-dark");
    await open.page.click("vscode-button:text-is('Keep best')");
    await open.page.waitForSelector("text=Dropped 3 of the copies");
    await expect
      .poll(() => asked.at(-1))
      .toEqual({ method: "keepBest", params: { kind: "nearDuplicate", groups: ["n1"], by: "score", apply: true } });
  });

  it("say so where a kind has none", async () => {
    await open.page.selectOption("select[aria-label='Kind of groups']", "sameCaption");
    await open.page.waitForSelector("text=The dataset has no groups of this kind");
  });

  it("can be used by everybody, and breach no rule of the page", async () => {
    await open.page.selectOption("select[aria-label='Kind of groups']", "confusable");
    await open.page.waitForSelector(".heat td");
    expect(await findAccessibilityViolations(open.page)).toEqual([]);
    expect(open.errors).toEqual([]);
  });
});
