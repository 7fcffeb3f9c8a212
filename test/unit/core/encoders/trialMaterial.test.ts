import { describe, expect, it } from "vitest";
import { drawTrialPicture, drawTrialText } from "../../../../src/core/encoders/trialMaterial.ts";

describe("trial material", () => {
  it("is the same for the same seed and another for another", () => {
    const size = { width: 20, height: 10 };
    expect(drawTrialPicture(size, 1)).toEqual(drawTrialPicture(size, 1));
    expect(drawTrialPicture(size, 1)).not.toEqual(drawTrialPicture(size, 2));
    expect(drawTrialPicture(size, 1).pixels).toHaveLength(20 * 10 * 3);
    expect(drawTrialText(1)).toBe(drawTrialText(1));
  });

  it("has short texts and long ones", () => {
    const lengths = Array.from({ length: 64 }, (_, seed) => drawTrialText(seed).split(" ").length);
    expect(Math.min(...lengths)).toBe(1);
    expect(Math.max(...lengths)).toBeGreaterThan(40);
  });
});
