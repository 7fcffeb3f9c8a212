import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { signals } from "../../../../src/core/signals/signals.ts";
import type { Field } from "../../../../src/protocol/overview.ts";
import { firstOrder, formatOrder, parseOrder } from "../../../../webview/views/gallery/fields.ts";
import { parseDetail } from "../../../../webview/views/gallery/galleryDetail.ts";

describe("what the gallery remembers", () => {
  it("comes back as it was", () => {
    const detail = { layout: "list", density: 256, columns: ["clipScore"], top: 120, focus: 130 } as const;
    expect(parseDetail(structuredClone(detail))).toEqual(detail);
  });

  it("is as at the beginning where it has not its form, whatever that is", () => {
    const initial = parseDetail(undefined);
    expect(parseDetail({ layout: "spiral", density: 97, columns: [1], top: -1, focus: 0.5 })).toEqual(initial);
    fc.assert(
      fc.property(fc.anything(), (value) => {
        const { layout, density, columns, top, focus } = parseDetail(value);
        expect([layout, density, Array.isArray(columns), top >= 0, focus >= 0]).not.toContain(undefined);
      }),
    );
  });
});

describe("the order of a list", () => {
  const fieldOf = (id: string): Field => ({ name: id, type: "float", signal: signals.find((signal) => signal.id === id)!, values: null });
  const fields = ["clipScore", "captionRank"].map(fieldOf);

  it("is read and written", () => {
    for (const sort of ["", "clipScore", "-clipScore"]) expect(formatOrder(parseOrder(sort))).toBe(sort);
    expect(parseOrder("-clipScore, captionRank")).toEqual({ field: "clipScore", down: true });
  });

  it("begins with the worst: the lowest score, the highest rank", () => {
    expect(firstOrder("clipScore", fields)).toEqual({ field: "clipScore", down: false });
    expect(firstOrder("captionRank", fields)).toEqual({ field: "captionRank", down: true });
    expect(firstOrder("caption", fields)).toEqual({ field: "caption", down: false });
  });
});
