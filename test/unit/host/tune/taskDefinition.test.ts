import { expect, it } from "vitest";
import { askedOfTask, taskOf } from "../../../../src/host/tune/taskDefinition.ts";

it("reads of a task its trainer, its dataset and its options, and nothing that no option can be", () => {
  const definition = { type: "winnow", trainer: "head", dataset: "photos", epochs: 3, confusable: true, loss: "dcl", problemMatcher: [] };
  const asked = askedOfTask(definition);
  expect(asked).toEqual({ trainer: "head", dataset: "photos", options: { epochs: 3, confusable: true, loss: "dcl" } });
  expect(askedOfTask(taskOf(asked))).toEqual(asked);
  expect(askedOfTask({ type: "winnow" })).toEqual({ trainer: "head", dataset: undefined, options: {} });
});
