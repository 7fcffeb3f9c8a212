import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { edgesOf, scaleFor } from "../../../../webview/views/scores/scale.ts";
import { type Ground, stepOfKey, steppedBound } from "../../../../webview/views/scores/steps.ts";

const groundOf = (unit: "cosine" | "rank" | "tokens", list: readonly number[]): Ground => {
  const sorted = Float32Array.from(list).sort();
  const scale = scaleFor(unit, sorted[0]!, sorted.at(-1)!);
  return { scale, edges: edgesOf(scale, 100), sorted };
};
const key = (name: string, shiftKey = false): NonNullable<ReturnType<typeof stepOfKey>> => stepOfKey({ key: name, shiftKey })!;

describe("keys of a bound", () => {
  it("are those of sliders", () => {
    expect(stepOfKey({ key: "ArrowUp", shiftKey: false })).toEqual({ by: "bin", direction: 1 });
    expect(stepOfKey({ key: "ArrowLeft", shiftKey: true })).toEqual({ by: "value", direction: -1 });
    expect(stepOfKey({ key: "Tab", shiftKey: false })).toBeUndefined();
  });

  it("move by a bin, by a value, and to the ends", () => {
    const ground = groundOf("cosine", [0, 0.5, 0.501, 1]);
    const at = { which: "min", ground } as const;
    expect(steppedBound(0.5, key("ArrowRight"), at)).toBeCloseTo(0.51);
    expect(steppedBound(0.5, key("PageDown"), at)).toBeCloseTo(0.4);
    expect(steppedBound(0.5, key("ArrowRight", true), at)).toBe(0.501);
    expect(steppedBound(0.5, key("ArrowLeft", true), at)).toBe(0);
    expect(steppedBound(0.5, key("Home"), at)).toBe(0);
    expect(steppedBound(0.5, key("End"), at)).toBe(1);
  });

  it("always get somewhere, and never beyond the ends", () => {
    fc.assert(
      fc.property(
        fc.constantFrom("cosine" as const, "rank" as const, "tokens" as const),
        fc.array(fc.integer({ min: 1, max: 30_000 }), { minLength: 2, maxLength: 50 }),
        fc.constantFrom("min" as const, "max" as const),
        fc.constantFrom("ArrowRight", "ArrowLeft", "PageUp", "PageDown"),
        (unit, list, which, name) => {
          const [least, greatest] = [Math.min(...list), Math.max(...list)];
          fc.pre(greatest > least);
          const ground = groundOf(unit, list);
          const { direction } = key(name);
          let bound = direction === 1 ? least : greatest;
          for (let press = 0; press < 200 && bound !== (direction === 1 ? greatest : least); press += 1) {
            const next = steppedBound(bound, key(name), { which, ground });
            expect(Math.sign(next - bound)).toBe(direction);
            expect(next >= least && next <= greatest).toBe(true);
            bound = next;
          }
          expect(bound).toBe(direction === 1 ? greatest : least);
        },
      ),
    );
  });
});
