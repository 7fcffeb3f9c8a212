import { describe, expect, it } from "vitest";
import type { EncoderId } from "../../../../src/core/encoder.ts";
import { type CaseParity, type Certificate, gradeOf, standingCertificate } from "../../../../src/core/parity/certificate.ts";
import { compareByCase, cosineOf } from "../../../../src/core/parity/compare.ts";
import { formatCertificate, formatCosine } from "../../../../src/core/parity/format.ts";

const caseOf = (min: number | null, unknown = 0): CaseParity => ({ id: "a", modality: "image", count: 2, unknown, min, mean: min });
const certificateOf = (kind: Certificate["reference"]["kind"], grade: Certificate["grade"] = "exact"): Certificate => ({
  schema: 1,
  encoder: "made@0/0/8/fp32" as EncoderId,
  provider: "cpu",
  reference: { kind, name: "the model", versions: { torch: "2.15.0" } },
  cases: [caseOf(0.99995)],
  grade,
  date: "2026-11-29T00:00:00.000Z",
});

describe("the grade of a comparison", () => {
  it.each([
    [[0.9999, 1], "exact"],
    [[0.99989, 1], "usable"],
    [[0.999, 1], "usable"],
    [[0.99899, 1], "failed"],
    [[-1], "failed"],
  ])("of least cosines %j is %s", (least, grade) => {
    expect(gradeOf(least.map((min) => caseOf(min)))).toBe(grade);
  });

  it("is a failure where a vector is missing, or nothing was compared", () => {
    expect(gradeOf([caseOf(1, 1)])).toBe("failed");
    expect(gradeOf([caseOf(1), caseOf(null, 2)])).toBe("failed");
    expect(gradeOf([])).toBe("failed");
  });
});

describe("the comparison by case", () => {
  const items = [
    { case: "plain", modality: "image", row: 0 },
    { case: "plain", modality: "image", row: 1 },
    { case: "plain", modality: "text", row: 0 },
    { case: "odd", modality: "image", row: 2 },
  ] as const;

  it("gives least and mean cosine of each case of each side", () => {
    const ours = { image: Float32Array.of(1, 0, 3, 4, 1, 0), text: Float32Array.of(0, 2) };
    const theirs = { image: Float32Array.of(2, 0, 4, 3, -1, 0), text: Float32Array.of(0, 5) };
    expect(compareByCase(items, 2, [ours, theirs])).toEqual([
      { id: "plain", modality: "image", count: 2, unknown: 0, min: 0.96, mean: 0.98 },
      { id: "plain", modality: "text", count: 1, unknown: 0, min: 1, mean: 1 },
      { id: "odd", modality: "image", count: 1, unknown: 0, min: -1, mean: -1 },
    ]);
  });

  it("counts what has no vector and leaves it out of the numbers", () => {
    const ours = { image: Float32Array.of(1, 0, 0, 0, 0, 0), text: Float32Array.of(Number.NaN, 1) };
    const theirs = { image: Float32Array.of(1, 0, 1, 0, 1, 0), text: Float32Array.of(1, 1) };
    expect(compareByCase(items, 2, [ours, theirs])).toEqual([
      { id: "plain", modality: "image", count: 2, unknown: 1, min: 1, mean: 1 },
      { id: "plain", modality: "text", count: 1, unknown: 1, min: null, mean: null },
      { id: "odd", modality: "image", count: 1, unknown: 1, min: null, mean: null },
    ]);
  });

  it("refuses vectors of different lengths", () => {
    expect(() => cosineOf(Float32Array.of(1), Float32Array.of(1, 2))).toThrow(RangeError);
  });
});

describe("a certificate", () => {
  it("against the outside stands before one against an encoder of our own, and the newer before the older of its kind", () => {
    const [python, own, newer] = [certificateOf("python"), certificateOf("encoder", "usable"), certificateOf("folder", "failed")];
    expect(standingCertificate(undefined, own)).toBe(own);
    expect(standingCertificate(own, python)).toBe(python);
    expect(standingCertificate(python, own)).toBe(python);
    expect(standingCertificate(python, newer)).toBe(newer);
  });

  it("reads as a document that says grade, reference and every case", () => {
    const text = formatCertificate(certificateOf("python"));
    expect(text).toContain("# Parity of made@0/0/8/fp32");
    expect(text).toContain("**exact**");
    expect(text).toContain("the model (torch 2.15.0) on 2026-11-29");
    expect(text).toContain("| image | a | 2 | 0.9999500 | 0.9999500 |");
  });

  it("never rounds a cosine up", () => {
    expect(formatCosine(0.99999999)).toBe("0.9999999");
    expect(formatCosine(1)).toBe("1.0000000");
    expect(formatCosine(null)).toBe("unknown");
  });
});
