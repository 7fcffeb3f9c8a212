import type { Policy } from "./policy.ts";
import { signalColumn } from "./policy.ts";
import { createRuling } from "./rulings.ts";
import { codes, isSampleCandidate } from "./standing.ts";
import { eachStep } from "../steps.ts";

/** Drops samples whose picture can't be decoded: no score can tell of them, and trainers fail on them. */
export const unreadable: Policy = {
  id: "unreadable",
  summary: "drops samples whose picture can't be decoded",
  options: {},
  judge: function* ({ input, standing }) {
    const { values } = signalColumn(input, "pixels");
    const found = createRuling(
      "sample",
      Uint32Array.from({ length: values.length }, (_, row) => row),
    );
    yield* eachStep(values.length, (from, to) => {
      for (let row = from; row < to; row += 1)
        if (Number.isNaN(values[row]) && isSampleCandidate(standing, row)) found.add(row, codes.drop);
    });
    return found.rule(() => "its picture can't be decoded");
  },
};
