import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RewriteReport } from "../../src/protocol/rewrites.ts";
import { confusableGroup } from "./answers.ts";
import { findAccessibilityViolations } from "./axe.ts";
import { type OpenPage, openPage } from "./harness.ts";
import { createCaptionsHost, nameOf, seedProposals } from "./madeUpCaptions.ts";

const host = createCaptionsHost();
seedProposals(host);
const handlers = host.fake.handlers as { readGroups: typeof host.fake.handlers.readGroups };
handlers.readGroups = () => ({ generation: "g1", count: 1, groups: [confusableGroup(host.made, "c1", 4)] });

/** What a busy machine takes some time for. */
const eventually = <Value>(read: () => Value | Promise<Value>): ReturnType<typeof expect.poll> => expect.poll(read, { timeout: 20_000 });
let open: OpenPage;
const text = async (selector: string): Promise<string> => (await open.page.locator(selector).innerText()).replaceAll("\u00a0", " ");
const stateOf = (id: string): string | undefined => host.rewrites.find((one) => one.id === id)?.state;
const showing = (id: string): Promise<unknown> => open.page.waitForSelector(`#proposal-${id}[aria-selected=true]`);
const filter = (value: string): Promise<void> => open.page.click(`[role=radio][data-value=${value}]`);
const counts = (): Promise<string> => text("[role=radiogroup][aria-label='Which proposals']");

beforeAll(async () => {
  open = await openPage(host.fake, { state: { root: "/made-up", view: "rewrites" } });
  await open.page.waitForSelector(".proposal img");
});

afterAll(() => open.dispose());

describe("rewrites", () => {
  it("are listed by what they gain, with picture, difference, figures and counts", async () => {
    await showing("r6");
    expect((await counts()).replaceAll(/\s+/g, " ")).toContain("Pass 3 Wait 6 Accepted 0 Rejected 0 Stale 0");
    const proposal = await text(".proposal");
    for (const part of ["Passes the rule", "0.200 → 0.310", "+0.110", "5 → 1 of 1,200", "9 → 11 of 77", "made/up"])
      expect(proposal).toContain(part);
    expect(await open.page.locator(".proposal del").count()).toBeGreaterThan(0);
    expect(await findAccessibilityViolations(open.page)).toEqual([]);
  });

  it("are accepted and taken back by one key each", async () => {
    await open.page.keyboard.press("a");
    await eventually(() => stateOf("r6")).toBe("accepted");
    await showing("r3");
    await eventually(counts).toContain("Accepted 1");
    await open.page.keyboard.press("Control+z");
    await eventually(() => stateOf("r6")).toBe("proposed");
    expect(host.undone).toEqual(["accept0"]);
    await eventually(counts).toContain("Accepted 0");
  });

  it("are rejected by a key, and put back by undo or by a button", async () => {
    await filter("waiting");
    await showing("r7");
    expect(await text(".proposal-waits")).toContain("adds words: blue, hat");
    await open.page.keyboard.press("x");
    await eventually(() => stateOf("r7")).toBe("rejected");
    await eventually(counts).toContain("Rejected 1");
    await open.page.keyboard.press("Control+z");
    await eventually(() => stateOf("r7")).toBe("proposed");
    await eventually(counts).toContain("Rejected 0");
    await showing("r4");
    await open.page.keyboard.press("x");
    await eventually(() => stateOf("r4")).toBe("rejected");
    await filter("rejected");
    await showing("r4");
    await open.page.keyboard.press("b");
    await eventually(() => stateOf("r4")).toBe("proposed");
    expect(host.undone).toEqual(["accept0"]);
  });

  it("are skipped, and edited before they are accepted, in the person's name", async () => {
    await filter("waiting");
    await showing("r7");
    await open.page.keyboard.press("s");
    await showing("r4");
    await open.page.keyboard.press("e");
    await open.page.waitForSelector(".proposal-draft");
    await open.page.fill(".proposal-draft", "a wet kitchen, seen through a tree");
    await open.page.keyboard.press("Enter");
    await eventually(() => host.rewrites.find(({ preset }) => preset === "byHand")).toMatchObject({
      author: "human",
      state: "accepted",
      after: "a wet kitchen, seen through a tree",
    });
    await eventually(counts).toContain("Stale 1");
  });

  it("say that a caption was changed since, and are not accepted then", async () => {
    await filter("stale");
    await showing("r4");
    expect(await text(".proposal-state")).toContain("says something else by now");
    await open.page.keyboard.press("a");
    await open.page.keyboard.press("s");
    expect(stateOf("r4")).toBe("proposed");
    expect(await findAccessibilityViolations(open.page)).toEqual([]);
  });

  it("are all accepted that pass, with a rule that can be relaxed", async () => {
    await filter("passing");
    await eventually(() => text(".accept-all")).toBe("Accept all that pass (3)");
    await open.page.click(".accept-rule vscode-checkbox");
    await eventually(() => text(".accept-all")).toBe("Accept all that pass (5)");
    await open.page.click(".accept-rule vscode-checkbox");
    await eventually(() => text(".accept-all")).toBe("Accept all that pass (3)");
    await open.page.click(".accept-all");
    await eventually(() => ["r0", "r3", "r6"].map(stateOf)).toEqual(["accepted", "accepted", "accepted"]);
    await eventually(() => text(".toasts")).toContain("Accepted 3 proposals");
    await eventually(() => text("#view-rewrites")).toContain("No proposals of this kind");
  });

  it("are asked of a model that is chosen in VS Code, with what it takes told before", async () => {
    await open.page.click("#tab-groups");
    await open.page.click("vscode-button:has-text('Rewrite what differs')");
    await eventually(() => open.page.locator("#rewrite-preset").evaluate((element) => (element as HTMLInputElement).value)).toBe(
      "tellApart",
    );
    await eventually(() => open.page.locator("#rewrite-scope vscode-option").allTextContents()).toContain("4 captions of “small cat c1”");
    expect(await open.page.getAttribute(".rewrite-start", "disabled")).not.toBeNull();
    await open.page.click("vscode-button:has-text('Choose…')");
    await eventually(() => text(".provider-label")).toBe("Made-up model");
    await eventually(() => text(".rewrites-outcome")).toContain("about 123,456 in, at most 128,000 out");
    expect(await text(".rewrites-outcome")).toContain("195 answers are known from before");
    expect(await findAccessibilityViolations(open.page)).toEqual([]);
  });

  it("come with progress, can be stopped, and are told when they are there", async () => {
    await open.page.click(".rewrite-start");
    await eventually(() => text(".rewrites-head")).toContain("300 of 1,195 captions");
    expect(host.jobs[0]).toMatchObject({ preset: "tellApart", source: { kind: "host", model: "made/up" }, scope: { kind: "targets" } });
    await open.page.click("vscode-button:has-text('Stop')");
    await eventually(() => text(".toasts")).toContain("Stopped");
    await eventually(() => open.page.getAttribute(".rewrite-start", "disabled")).toBeNull();
    await open.page.click(".rewrite-start");
    await eventually(() => host.jobs.length).toBe(2);
    await eventually(() => text(".rewrites-head")).toContain("300 of 1,195 captions");
    const none = { frozen: 0, machine: 0, skipped: 0, retries: 0, known: 0, unchanged: 0, glitches: 0 };
    const report: RewriteReport = {
      ...{ ...none, total: 4, captions: 4, asked: 3, cached: 0, proposals: 2, measured: 2 },
      failures: [{ reason: "The model gave no caption", count: 1 }],
    };
    host.endJob(report);
    await eventually(() => text(".rewrites-outcome")).toContain("Done: 2 new proposals");
    expect(await text(".rewrites-outcome")).toContain("1 caption: The model gave no caption");
    expect(await findAccessibilityViolations(open.page)).toEqual([]);
  });

  it("leave the undo of what was done elsewhere to the page", async () => {
    await open.page.click("[role=radio][data-value=review]");
    await open.page.click("#tab-gallery");
    await open.page.click("#tab-rewrites");
    await open.page.waitForSelector(".rewrites-bar");
    const before = host.undone.length;
    await open.page.keyboard.press("Control+z");
    await eventually(() => host.undone.length).toBe(before + 1);
    await eventually(() => ["r0", "r3", "r6"].map(stateOf)).toEqual(["proposed", "proposed", "proposed"]);
  });

  it("are as they were after a reload, in the light and in high contrast, without an error", async () => {
    expect(nameOf(0)).toBe("pictures/0000000.jpg");
    const kept = await open.page.evaluate("winnowState");
    for (const theme of ["light", "highContrast"] as const) {
      const again = await openPage(host.fake, { theme, state: kept });
      try {
        await again.page.waitForSelector(".proposal img");
        expect(await findAccessibilityViolations(again.page)).toEqual([]);
        expect(again.errors).toEqual([]);
      } finally {
        await again.dispose();
      }
    }
    expect(open.errors).toEqual([]);
  });
});
