import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { keysFromFloats, orderByKeys, orderTexts } from "../../../src/core/order.ts";
import { finish } from "../../../src/core/steps.ts";

describe("orders", () => {
  it("by keys are those of a stable sort, from any first order", () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 2 ** 32 - 1 }))),
        fc.boolean(),
        (numbers, turned) => {
          const keys = Uint32Array.from(numbers);
          const first = turned ? Uint32Array.from([...keys.keys()].reverse()) : undefined;
          const expected = [...(first ?? keys.keys())].sort((a, b) => keys[a]! - keys[b]!);
          expect([...finish(orderByKeys(keys, first))]).toEqual(expected);
        },
      ),
    );
  });

  it("by numbers are those of the numbers, −0 equal to 0, upwards and downwards", () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.float({ noNaN: true }), fc.constantFrom(0, -0, Infinity, -Infinity, 1))),
        fc.boolean(),
        (numbers, downwards) => {
          const values = Float32Array.from(numbers);
          const compare = (a: number, b: number): number => (values[a]! < values[b]! ? -1 : values[a]! > values[b]! ? 1 : 0);
          const expected = [...values.keys()].sort((a, b) => (downwards ? compare(b, a) : compare(a, b)));
          expect([...finish(orderByKeys(finish(keysFromFloats(values, downwards))))]).toEqual(expected);
        },
      ),
    );
  });

  it("by texts are those of their code units, also where they take several runs", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "binary", maxLength: 4 })), (texts) => {
        const expected = [...texts.keys()].sort((a, b) => (texts[a]! < texts[b]! ? -1 : texts[a]! > texts[b]! ? 1 : a - b));
        expect([...finish(orderTexts(texts))]).toEqual(expected);
      }),
    );
    const many = Array.from({ length: 21_000 }, (_, at) => String((at * 7919) % 10_007));
    const expected = [...many.keys()].sort((a, b) => (many[a]! < many[b]! ? -1 : many[a]! > many[b]! ? 1 : a - b));
    expect(finish(orderTexts(many)).findIndex((position, at) => position !== expected[at])).toBe(-1);
  });
});
