import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cloudsOf } from "./answers.ts";
import { findAccessibilityViolations } from "./axe.ts";
import { createFakeHost } from "./fakeHost.ts";
import { type OpenPage, openPage } from "./harness.ts";
import { makeUp } from "./madeUp.ts";

const made = makeUp(3000);
const sets: Uint32Array[] = [];
let open: OpenPage;

beforeAll(async () => {
  const fake = createFakeHost(made, {
    project: ({ projection }, { onProgress }) => {
      onProgress({ done: 1, total: 2 });
      return { ...cloudsOf(made), projection };
    },
    saveSet: ({ sampleRows }) => {
      sets.push(sampleRows);
      return { set: "s1" };
    },
  });
  open = await openPage(fake, { state: { root: "/made-up", view: "map" } });
  await open.page.waitForSelector(".legend .ramp");
});

afterAll(() => open.dispose());

describe("the map", () => {
  it("draws points in more than one colour", async () => {
    await expect.poll(countColours).toBeGreaterThan(20);
    await open.screenshot("map-dark");
  });

  it("colours by names with a legend", async () => {
    await open.page.selectOption("#map-field", "captionTokens");
    await open.page.waitForSelector(".legend-title:text-is('Caption tokens')");
  });

  it("selects what a lasso holds, and takes it to the gallery", async () => {
    const box = (await open.page.locator(".plot").boundingBox())!;
    await open.page.click("button[aria-label^='Drag to draw a lasso']");
    const at = (x: number, y: number): [number, number] => [box.x + box.width * x, box.y + box.height * y];
    await open.page.mouse.move(...at(0.02, 0.02));
    await open.page.mouse.down();
    for (const [x, y] of [
      [0.5, 0.02],
      [0.5, 0.98],
      [0.02, 0.98],
    ] as const)
      await open.page.mouse.move(...at(x, y), { steps: 4 });
    await open.page.mouse.up();
    await expect.poll(() => open.page.textContent(".selection-count")).toMatch(/^[\d,]+ pictures selected$/);
    await open.screenshot("map-lasso-dark");
    await open.page.click("text=Show in gallery");
    await open.page.waitForSelector("#tab-gallery[aria-selected=true]");
    await expect.poll(() => sets.length).toBe(1);
    const { xy } = cloudsOf(made);
    const left = [...sets[0]!].every((row) => xy[2 * row]! < 1.5);
    expect(left).toBe(true);
    expect(sets[0]!.length).toBeGreaterThan(500);
    await open.page.click("#tab-map");
  });

  it("selects what is seen by the keyboard, and lets go with Escape", async () => {
    await open.page.focus(".plot");
    await open.page.keyboard.press("0");
    await open.page.keyboard.press("Enter");
    await open.page.waitForSelector("text=2,999 pictures selected");
    await open.page.keyboard.press("Escape");
    await open.page.waitForSelector(".selection-count", { state: "detached" });
  });

  it("can be used by everybody, and breaches no rule of the page", async () => {
    expect(await findAccessibilityViolations(open.page)).toEqual([]);
    expect(open.errors).toEqual([]);
  });
});

/** Different colours among the drawn pixels: read from a screenshot, since a WebGL canvas forgets its picture. */
async function countColours(): Promise<number> {
  const { default: sharp } = await import("sharp");
  const picture = await open.page.locator(".plot").screenshot();
  const { data } = await sharp(picture).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const colours = new Set<number>();
  for (let at = 0; at < data.length; at += 3) colours.add((data[at]! << 16) | (data[at + 1]! << 8) | data[at + 2]!);
  return colours.size;
}
