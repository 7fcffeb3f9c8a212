import { expect, it } from "vitest";
import { formatRunProgress } from "../../../../src/core/tune/runProgress.ts";

it("tells epochs, and steps where those are counted", () => {
  expect(formatRunProgress({ epoch: 2, epochs: 20, step: 9, steps: null, comparison: null })).toBe("epoch 2 of 20");
  expect(formatRunProgress({ epoch: null, epochs: 3, step: 120, steps: 1_900, comparison: null })).toBe("epoch 0 of 3, step 120 of 1,900");
  expect(formatRunProgress({ epoch: null, epochs: null, step: null, steps: null, comparison: null })).toBe("epoch 0");
  expect(formatRunProgress({ epoch: null, epochs: null, step: null, steps: null, comparison: { done: 1, total: 6 } })).toBe(
    "training 1 of 6",
  );
});
