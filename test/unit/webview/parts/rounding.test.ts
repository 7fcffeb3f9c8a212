import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { roundToStep } from "../../../../webview/parts/filterBar/rounding.ts";

describe("rounding to a step", () => {
  it("stays within half a step", () => {
    fc.assert(
      fc.property(fc.double({ min: -1e6, max: 1e6, noNaN: true }), fc.double({ min: 1e-9, max: 1e6, noNaN: true }), (value, step) => {
        expect(Math.abs(roundToStep(value, step) - value)).toBeLessThanOrEqual((step >= 1 ? 0.5 : step / 2) + 1e-9);
      }),
    );
  });

  it("has no more digits than that needs", () => {
    expect(roundToStep(0.123456, 0.0013)).toBe(0.123);
    expect(roundToStep(12.7, 1)).toBe(13);
  });
});
