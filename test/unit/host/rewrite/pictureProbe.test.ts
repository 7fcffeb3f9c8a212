import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { ModelRefusedError } from "../../../../src/host/rewrite/modelError.ts";
import { type AskProbe, createPictureProbe } from "../../../../src/host/rewrite/pictureProbe.ts";
import { createMemory } from "../memory.ts";

/** A probe with a model that answers so; `asked` says of each question whether it came with a picture. */
function openProbe(answer: (isShown: boolean) => string | Error) {
  const asked: boolean[] = [];
  const memory = createMemory();
  const ask: AskProbe = (_, picture) => {
    asked.push(picture !== null);
    const said = answer(picture !== null);
    return said instanceof Error ? Promise.reject(said) : Promise.resolve(said);
  };
  return { probe: createPictureProbe(memory), again: () => createPictureProbe(memory), ask, asked };
}

describe("whether a model takes pictures", () => {
  it("is found out once, and remembered over a restart", async () => {
    const { probe, again, ask, asked } = openProbe(() => "It is Orange.");
    expect(probe.known("a/b")).toBeUndefined();
    expect(await Promise.all([probe.find("a/b", ask), probe.find("a/b", ask)])).toEqual([true, true]);
    expect(await again().find("a/b", ask)).toBe(true);
    expect(asked).toEqual([true]);
    expect(again().known("a/b")).toBe(true);
    expect(again().known("a/c")).toBeUndefined();
  });

  it("shows a picture that is orange", async () => {
    let shown: Uint8Array | null = null;
    await createPictureProbe(createMemory()).find("m", (_, picture) => ((shown = picture), Promise.resolve("orange")));
    const { data, info } = await sharp(shown!).removeAlpha().raw().toBuffer({ resolveWithObject: true });
    expect([info.width, info.height, ...data.subarray(0, 3)]).toEqual([64, 64, 255, 140, 0]);
  });

  it("is no where it sees nothing, guesses, or fails on a picture alone", async () => {
    for (const said of ["NONE", "Blue", "I can't see any picture"])
      expect(await openProbe(() => said).probe.find("m", openProbe(() => said).ask)).toBe(false);
    const failing = openProbe((isShown) => (isShown ? new Error("Images are not supported") : "NONE"));
    expect(await failing.probe.find("m", failing.ask)).toBe(false);
    expect(failing.asked).toEqual([true, false]);
  });

  it("stays unknown where the model answers nothing at all", async () => {
    const down = openProbe(() => new Error("Bad gateway"));
    await expect(down.probe.find("m", down.ask)).rejects.toThrow("Bad gateway");
    expect(down.probe.known("m")).toBeUndefined();
    const refused = openProbe(() => new ModelRefusedError("You said no"));
    await expect(refused.probe.find("m", refused.ask)).rejects.toThrow("You said no");
    expect(refused.asked).toEqual([true]);
    expect(refused.probe.known("m")).toBeUndefined();
  });
});
