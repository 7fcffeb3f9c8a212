import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Anchors, Block, LossInputs, LossState } from "../../../src/core/losses/loss.ts";
import { losses } from "../../../src/core/losses/losses.ts";
import { fullDefaults } from "../../../src/core/tune/jobs/fullJob.ts";
import { dealBatches } from "../../../src/core/tune/batches.ts";
import { findPython, runPython } from "../../python.ts";
import { made } from "../core/losses/inputs.ts";

const script = fileURLToPath(new URL("losses.py", import.meta.url));

interface Answer {
  readonly declared: readonly object[];
  readonly results: readonly {
    readonly loss: number;
    readonly gradients: Readonly<Record<string, readonly number[]>>;
    readonly temperature: number;
    readonly bias: number;
    readonly state: Readonly<Record<string, readonly number[]>>;
  }[];
  readonly settings: Readonly<Record<string, unknown>>;
  readonly batches: readonly (readonly number[])[];
}

const cases = losses.flatMap((loss) => [
  { loss, inputs: made(loss, { seed: 1, images: 6 }) },
  { loss, inputs: made(loss, { seed: 2, images: 5, temperature: 0.05 }) },
]);
const deck = {
  classOf: Int32Array.from({ length: 41 }, (_, item) => (item % 9 === 0 ? 0 : item)),
  together: [
    [3, 30, 12],
    [7, 22],
  ],
};
const deal = { seed: 11, epoch: 2, size: 8 };

/** Plain arrays for JSON, which has neither typed arrays nor NaN. */
function plain(value: unknown): unknown {
  if (ArrayBuffer.isView(value)) return Array.from(value as Float64Array);
  if (Array.isArray(value) || typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plain(inner)]));
}

function flatState({ images, texts }: LossState): Record<string, Float64Array> {
  const side = (name: string, anchors: Anchors | undefined) =>
    Object.entries(anchors ?? {}).map(([what, values]) => [`${name}.${what}`, values as Float64Array] as const);
  return Object.fromEntries([...side("images", images), ...side("texts", texts)]);
}

function given({ inputs, id }: { inputs: LossInputs; id: string }): unknown {
  const { blocks, targets, temperature, bias, options = {}, state = {} } = inputs;
  return plain({ id, blocks, targets, temperature, bias, options, state: flatState(state) });
}

function expectAlike(found: readonly number[], expected: ArrayLike<number>, what: string): void {
  expect(found.length, what).toBe(expected.length);
  found.forEach((value, at) => {
    const wanted = expected[at]!;
    expect(Math.abs(value - wanted) / Math.max(1, Math.abs(wanted)), `${what}[${at}]: ${value} for ${wanted}`).toBeLessThan(1e-9);
  });
}

describe.skipIf(findPython() === undefined)("the Python trainer", () => {
  let answer: Answer;
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "winnow-losses-"));
    const file = join(folder, "given.json");
    const asked = cases.map(({ loss, inputs }) => given({ inputs, id: loss.id }));
    writeFileSync(file, JSON.stringify({ cases: asked, deck: { ...(plain(deck) as object), ...deal } }));
    answer = JSON.parse(runPython(script, [file])) as Answer;
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("declares every loss as core does", () => {
    const declared = losses.map(({ id, blocks, needs, captions, options, startBias = null }) => ({
      id,
      blocks,
      needs,
      captions,
      options,
      startBias,
    }));
    expect(answer.declared).toEqual(declared);
  });

  it.each(cases.map(({ loss, inputs }, at) => [loss.id, at % 2, { loss, inputs, at }] as const))(
    "gives the value and the derivatives of %s, case %i",
    (_, __, { loss, inputs, at }) => {
      const wanted = loss.evaluate(inputs);
      const found = answer.results[at]!;
      expectAlike([found.loss], [wanted.loss], "loss");
      for (const name of loss.blocks) {
        const block: Block = inputs.blocks[name]!;
        expectAlike(found.gradients[name]!, wanted.gradients[name]?.values ?? new Float64Array(block.values.length), name);
      }
      expectAlike([found.temperature], [wanted.temperature], "τ");
      expectAlike([found.bias], [wanted.bias], "bias");
      for (const [name, values] of Object.entries(flatState(wanted.state)))
        expectAlike(
          found.state[name]!,
          values.map((value) => (Number.isNaN(value) ? -1 : value)),
          name,
        );
      if (wanted.state.queue) expectAlike(found.state["queue"]!, wanted.state.queue.values, "queue");
    },
  );

  it("has the settings that core writes, with the same values where nobody says otherwise", () => {
    const { loraOn, ...settings } = answer.settings;
    expect(settings).toEqual({ ...fullDefaults, model: "ViT-B-32" });
    expect(loraOn).toEqual(["image", "text"]);
  });

  it("deals the same batches", () => {
    expect(answer.batches).toEqual(dealBatches(deck, deal).map((batch) => [...batch]));
  });
});
