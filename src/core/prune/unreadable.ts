import type { Finding, Policy } from "./policy.ts";
import { signalColumn } from "./policy.ts";
import { isSampleCandidate } from "./standing.ts";

/** Drops samples whose picture can't be decoded: no score can tell of them, and trainers fail on them. */
export const unreadable: Policy = {
  id: "unreadable",
  summary: "drops samples whose picture can't be decoded",
  options: {},
  judge: ({ input, standing }) => {
    const { values } = signalColumn(input, "pixels");
    const findings: Finding[] = [];
    values.forEach((pixels, row) => {
      if (!Number.isNaN(pixels) || !isSampleCandidate(standing, row)) return;
      findings.push({ kind: "sample", row, decision: "drop", reason: "its picture can't be decoded" });
    });
    return { findings };
  },
};
