import { describe, expect, it } from "vitest";
import { jobDefaults } from "../../../../src/core/tune/job.ts";
import { pythonFields, type PythonTrainer } from "../../../../src/core/tune/jobs/pythonFields.ts";
import { settingsOf } from "../../../../src/core/tune/jobs/settings.ts";

/** What is asked for beside the settings of a trainer. */
const beside = ["python", "model", "processes", "heldOut", "lossSettings"];

describe("what a person may choose of a run in Python", () => {
  it.each(Object.keys(pythonFields) as PythonTrainer[])("is all that %s takes, with its usual values", (trainer) => {
    const asked = Object.entries(pythonFields[trainer]).filter(([name]) => !beside.includes(name));
    const taken = Object.entries(settingsOf[trainer]).map(([name, usual]) => [name, usual ?? undefined]);
    expect(Object.fromEntries(asked.map(([name, { otherwise }]) => [name, otherwise]))).toEqual(Object.fromEntries(taken));
  });

  it.each(Object.keys(pythonFields) as PythonTrainer[])(
    "holds the same images out for %s as for the head, so that R@1 can be compared",
    (trainer) => {
      const { seed, heldOut } = pythonFields[trainer];
      expect([seed?.otherwise, heldOut?.otherwise]).toEqual([jobDefaults.seed, jobDefaults.heldOut]);
    },
  );
});
