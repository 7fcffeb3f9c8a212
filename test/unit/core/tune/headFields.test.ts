import { describe, expect, it } from "vitest";
import { explainFailure } from "../../../../src/core/tune/failure.ts";
import { headFields, saidFromOptions } from "../../../../src/core/tune/headFields.ts";
import { jobDefaults } from "../../../../src/core/tune/job.ts";

describe("what a person says of a run of the head trainer", () => {
  it("is all of the usual values where nothing is said", () => {
    const { on, ...usual } = jobDefaults;
    expect(saidFromOptions({})).toEqual({ ...usual, on: ["image", "text"], lossOptions: {}, headOptions: {}, provider: "auto" });
    expect(on).toEqual(["image", "text"]);
  });

  it("may be texts, as boxes have them, and settings by name", () => {
    const said = saidFromOptions({
      loss: "hinge",
      lossSettings: "margin=0.1, structure = 2",
      on: "text",
      epochs: "3",
      learnsTemperature: "false",
    });
    expect(said).toMatchObject({
      ...{ loss: "hinge", lossOptions: { margin: 0.1, structure: 2 }, on: ["text"], epochs: 3, learnsTemperature: false },
    });
  });

  it.each([
    [{ epoch: 3 }, /^Expected one of the options loss, .* but received epoch$/],
    [{ loss: "none" }, /^Expected one of infoNce, .* for loss but received "none"$/],
    [{ lossSettings: "margin=1" }, "Expected nothing for lossSettings but received margin=1"],
    [{ head: "lowRank", headSettings: "rank=many" }, "Expected a number for rank of headSettings but received rank=many"],
    [{ head: "lowRank", headSettings: "size=1" }, "Expected rank for headSettings but received size=1"],
    [{ heldOut: "much" }, /^Expected a percentage/],
  ])("is refused in a sentence: %j", (given, sentence) => {
    expect(saidFromOptions(given)).toEqual(typeof sentence === "string" ? sentence : expect.stringMatching(sentence));
  });

  it("has a sentence for every choice", () => {
    for (const [name, { about }] of Object.entries(headFields)) expect(about, name).toMatch(/^[A-Z].*[^.]$/);
  });
});

it("tells of a failure only what is known", () => {
  expect(explainFailure("ENOSPC: no space left on device, write")).toMatch(/^The disk is full/);
  expect(explainFailure("RangeError: Array buffer allocation failed")).toMatch(/^There is not enough memory/);
  expect(explainFailure("TypeError: x is no function")).toBeUndefined();
});
