import { readdir } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { blockNames } from "../../../../src/core/losses/loss.ts";
import type { Block, BlockName, Loss, LossInputs, LossResult } from "../../../../src/core/losses/loss.ts";
import { losses } from "../../../../src/core/losses/losses.ts";
import { zerosLike } from "../../../../src/core/losses/parts/blocks.ts";
import { blockFrom, made } from "./inputs.ts";

const lossOf = (id: string): Loss => losses.find((loss) => loss.id === id)!;
const evaluate = (id: string, inputs: LossInputs): LossResult => lossOf(id).evaluate(inputs);

/** The same inputs with one number of one block changed. */
function nudged(inputs: LossInputs, { name, at, by }: { name: BlockName; at: number; by: number }): LossInputs {
  const block = inputs.blocks[name]!;
  const values = block.values.slice();
  values[at]! += by;
  return { ...inputs, blocks: { ...inputs.blocks, [name]: { ...block, values } } };
}

const step = 1e-5;

/** (L(x + h) − L(x − h)) / 2h. */
function slope(loss: Loss, change: (by: number) => LossInputs): number {
  return (loss.evaluate(change(step)).loss - loss.evaluate(change(-step)).loss) / (2 * step);
}

function expectClose(found: number, expected: number, what: string): void {
  expect(Math.abs(found - expected) / Math.max(1, Math.abs(expected)), `${what}: ${found} for ${expected}`).toBeLessThan(1e-6);
}

describe("losses", () => {
  it("are one file each", async () => {
    const files = await readdir(new URL("../../../../src/core/losses/", import.meta.url));
    const declared = files.filter((file) => file.endsWith(".ts") && !["loss.ts", "losses.ts"].includes(file));
    expect(losses.map(({ id }) => `${id}.ts`).sort()).toEqual(declared.sort());
    expect(new Set(losses.map(({ name }) => name)).size).toBe(losses.length);
  });

  it.each(losses.map((loss) => [loss.id, loss] as const))("%s has the right derivative for every input, τ and the bias", (_, loss) => {
    for (const inputs of [made(loss, { seed: 1, images: 6 }), made(loss, { seed: 2, images: 5, temperature: 0.3 })]) {
      const { gradients, temperature, bias } = loss.evaluate(inputs);
      for (const name of loss.blocks) {
        // Which text of the queue is nearest is a choice: its cosine has no derivative.
        const gradient = gradients[name] ?? zerosLike(inputs.blocks[name]!);
        expect(gradient.values.some((value) => value !== 0)).toBe(name !== "textQueue");
        gradient.values.forEach((value, at) =>
          expectClose(
            value,
            slope(loss, (by) => nudged(inputs, { name, at, by })),
            `${name}[${at}]`,
          ),
        );
      }
      expect(Object.keys(gradients).every((name) => loss.blocks.includes(name as BlockName))).toBe(true);
      expectClose(
        temperature,
        slope(loss, (by) => ({ ...inputs, temperature: inputs.temperature + by })),
        "τ",
      );
      expectClose(
        bias,
        slope(loss, (by) => ({ ...inputs, bias: inputs.bias! + by })),
        "bias",
      );
    }
  });

  it.each(losses.map((loss) => [loss.id, loss] as const))("%s says what it lacks", (_, loss) => {
    const inputs = made(loss, { seed: 3, images: 4 });
    for (const name of loss.blocks)
      expect(() => loss.evaluate({ ...inputs, blocks: { ...inputs.blocks, [name]: undefined } })).toThrow(name);
    for (const name of loss.needs)
      expect(() => loss.evaluate({ ...inputs, targets: { ...inputs.targets, [name]: undefined } })).toThrow(name);
  });

  // Chance mixes by place, and a sorting network compares places.
  const placed = new Set(["hardMixing", "groCo"]);

  it.each(losses.filter(({ id }) => !placed.has(id)).map((loss) => [loss.id, loss] as const))(
    "%s does not depend on the order of the batch",
    (_, loss) => {
      const order = [3, 0, 4, 1, 2];
      const plain = loss.evaluate(made(loss, { seed: 4, images: 5 }));
      const shuffled = loss.evaluate(made(loss, { seed: 4, images: 5, order }));
      expect(shuffled.loss).toBeCloseTo(plain.loss, 10);
    },
  );

  it.each(losses.map((loss) => [loss.id, loss] as const))("%s comes to the same in float32", (_, loss) => {
    const inputs = made(loss, { seed: 5, images: 6 });
    const halved: Partial<Record<BlockName, Block>> = {};
    for (const name of blockNames) {
      const block = inputs.blocks[name];
      if (block !== undefined) halved[name] = { ...block, values: Float32Array.from(block.values) };
    }
    const [double, single] = [loss.evaluate(inputs), loss.evaluate({ ...inputs, blocks: halved })];
    expect(single.loss).toBeCloseTo(double.loss, 4);
    for (const name of Object.keys(double.gradients) as BlockName[]) {
      expect(single.gradients[name]!.values).toBeInstanceOf(Float32Array);
      single.gradients[name]!.values.forEach((value, at) => expect(value).toBeCloseTo(double.gradients[name]!.values[at]!, 3));
    }
  });
});

const groups = (count: number) => ({
  imageGroups: Int32Array.from({ length: count }, (_, i) => i),
  textGroups: Int32Array.from({ length: count }, (_, i) => i),
});

describe("by hand", () => {
  const two = {
    blocks: {
      imageText: blockFrom([
        [0.5, 0.1],
        [0.2, 0.4],
      ]),
    },
    targets: groups(2),
    temperature: 0.5,
  };

  it("InfoNCE of a batch that tells nothing is log n, and of one that tells all next to nothing", () => {
    const flat = blockFrom(Array.from({ length: 7 }, () => new Array<number>(7).fill(0.3)));
    expect(evaluate("infoNce", { blocks: { imageText: flat }, targets: {}, temperature: 0.07 }).loss).toBeCloseTo(Math.log(7), 12);
    const told = blockFrom(Array.from({ length: 7 }, (_, i) => Array.from({ length: 7 }, (__, j) => (i === j ? 1 : -1))));
    expect(evaluate("infoNce", { blocks: { imageText: told }, targets: {}, temperature: 0.02 }).loss).toBeLessThan(1e-12);
  });

  it("DCL of two pairs is the difference of the two cosines", () => {
    const expected = (0.1 - 0.5 + (0.2 - 0.4) + (0.2 - 0.5) + (0.1 - 0.4)) / 4 / 0.5;
    expect(evaluate("dcl", two).loss).toBeCloseTo(expected, 12);
  });

  it("SigLIP of two pairs is four judgements, halved", () => {
    const miss = (logit: number): number => Math.log(1 + Math.exp(logit));
    const [bias, t] = [-0.7, 0.5];
    const expected = (miss(-(0.5 / t + bias)) + miss(0.1 / t + bias) + miss(0.2 / t + bias) + miss(-(0.4 / t + bias))) / 2;
    expect(evaluate("sigLip", { ...two, bias }).loss).toBeCloseTo(expected, 12);
  });

  it("is finite where cosines are as far apart as they can be", () => {
    const worst = blockFrom([
      [-1, 1],
      [1, -1],
    ]);
    for (const id of ["infoNce", "dcl", "sigLip", "sdm", "groCo", "lossWeighted"]) {
      const { loss, gradients } = evaluate(id, { blocks: { imageText: worst }, targets: groups(2), temperature: 0.001 });
      expect(Number.isFinite(loss), id).toBe(true);
      expect(gradients.imageText!.values.every(Number.isFinite), id).toBe(true);
    }
  });

  it("several losses are InfoNCE where they have nothing of their own", () => {
    const inputs = made(lossOf("infoNce"), { seed: 6, images: 6 });
    const plain = evaluate("infoNce", inputs).loss;
    const single = groups(6);
    expect(evaluate("supCon", { ...inputs, targets: single }).loss).toBeCloseTo(plain, 12);
    expect(evaluate("oneToMany", { ...inputs, targets: single }).loss).toBeCloseTo(plain, 12);
    expect(evaluate("labelSmoothing", { ...inputs, options: { smoothing: 0 } }).loss).toBeCloseTo(plain, 12);
    expect(evaluate("sampleWeighted", { ...inputs, targets: { weights: new Float32Array(6).fill(3) } }).loss).toBeCloseTo(plain, 12);
    expect(evaluate("lossWeighted", { ...inputs, options: { spread: 1e6 } }).loss).toBeCloseTo(plain, 4);
    const { imageText } = inputs.blocks;
    expect(evaluate("distillation", { ...inputs, targets: { teacher: imageText! }, options: { distilled: 0 } }).loss).toBeCloseTo(
      plain,
      12,
    );
    expect(
      evaluate("negClip", { ...inputs, blocks: { imageText: imageText!, imageExtra: blockFrom(new Array(6).fill([])) } }).loss,
    ).toBeCloseTo(plain, 12);
  });

  it("a student that sees what its teacher sees has nothing to learn of it", () => {
    const inputs = made(lossOf("distillation"), { seed: 7, images: 6, temperature: 0.02 });
    const { loss, gradients } = evaluate("distillation", {
      ...inputs,
      targets: { teacher: inputs.blocks.imageText! },
      options: { distilled: 1 },
    });
    expect(loss).toBeCloseTo(0, 12);
    for (const value of gradients.imageText!.values) expect(value).toBeCloseTo(0, 12);
  });

  it("the hinge is 0 behind its margin", () => {
    const blocks = { imageText: two.blocks.imageText, imageExtra: blockFrom([[0.2], [0.9]]) };
    const inputs = { ...two, blocks, targets: { owners: Int32Array.of(0) } };
    expect(evaluate("hinge", inputs).loss).toBeCloseTo(evaluate("infoNce", two).loss, 12);
    expect(evaluate("hinge", { ...inputs, options: { margin: 0.5 } }).loss).toBeCloseTo(evaluate("infoNce", two).loss + 0.2, 12);
  });

  it("a Plackett–Luce order of two is a choice between them", () => {
    const blocks = {
      imageText: blockFrom([
        [0.5, 0.1],
        [0.1, 0.4],
      ]),
      imageImage: blockFrom([
        [1, 0],
        [0, 1],
      ]),
      textText: blockFrom([
        [1, 0],
        [0, 1],
      ]),
    };
    const { loss } = evaluate("rankClip", { blocks, targets: {}, temperature: 1, options: { within: 0 } });
    const choice = (gap: number): number => Math.log(1 + Math.exp(-gap)) / 2;
    const plain = evaluate("infoNce", { blocks, targets: {}, temperature: 1 }).loss;
    expect(loss).toBeCloseTo(plain + (choice(0.4) + choice(0.3)) / 2, 12);
  });
});

describe("what losses keep", () => {
  it("iSogCLR moves its temperatures against their own derivative, and not below the least", () => {
    const loss = lossOf("iSogClr");
    const inputs = made(loss, { seed: 8, images: 5, temperature: 0.1 });
    const settings = { average: 1, cost: 0.2, rate: 1e-3, least: 0.01 };
    const at = (changes: { row: number; by: number }): LossInputs => {
      const temperatures = inputs.state!.images!.temperatures.slice();
      temperatures[changes.row]! += changes.by;
      return { ...inputs, options: settings, state: { ...inputs.state, images: { ...inputs.state!.images!, temperatures } } };
    };
    const next = loss.evaluate(at({ row: 0, by: 0 })).state.images!.temperatures;
    inputs.targets.imageIds!.forEach((row) => {
      const moved = (inputs.state!.images!.temperatures[row]! - next[row]!) / settings.rate;
      // The loss has half the mean of what belongs to a row.
      expectClose(moved, 2 * 5 * slope(loss, (by) => at({ row, by })), `τ of ${row}`);
    });
    const low = loss.evaluate({ ...inputs, options: { ...settings, cost: 1e6 } }).state.images!.temperatures;
    inputs.targets.imageIds!.forEach((row) => expect(low[row]).toBe(0.01));
  });

  it("iSogCLR's averages move as far as they are told", () => {
    const loss = lossOf("iSogClr");
    const inputs = made(loss, { seed: 9, images: 4 });
    const first = loss.evaluate({ ...inputs, options: { average: 0.3 } }).state;
    const fresh = loss.evaluate({ ...inputs, options: { average: 1 } }).state.images!.averages;
    const again = loss.evaluate({
      ...made(loss, { seed: 10, images: 4 }),
      state: { ...inputs.state, images: { ...inputs.state!.images!, averages: first.images!.averages } },
      options: { average: 0 },
    });
    inputs.targets.imageIds!.forEach((row) => {
      expect(first.images!.averages[row]).toBeCloseTo(fresh[row]!, 12);
      expect(again.state.images!.averages[row]).toBeCloseTo(fresh[row]!, 12);
    });
  });

  it("the queue holds the newest texts first and no more than its length", () => {
    const loss = lossOf("nearestNeighbour");
    const options = { length: 5 };
    const first = made(loss, { seed: 11, images: 3 });
    const empty = { ...first, blocks: { ...first.blocks, imageQueue: blockFrom([[], [], []]), textQueue: blockFrom([[], [], []]) } };
    const start = loss.start({ images: 3, texts: 3, dim: 4 }, options);
    expect(start.queue!.rows).toBe(0);
    const once = loss.evaluate({ ...empty, state: start, options });
    expect(once.loss).toBeCloseTo(evaluate("infoNce", first).loss, 12);
    const twice = loss.evaluate({ ...empty, state: once.state, options }).state.queue!;
    const { values } = first.targets.textFeatures!;
    expect(twice.rows).toBe(5);
    expect([...twice.values]).toEqual([...values, ...values].slice(0, 5 * twice.columns));
  });

  it("hard negatives are the same for one seed and others for another", () => {
    const inputs = made(lossOf("hardMixing"), { seed: 12, images: 6 });
    const of = (seed: number): number => evaluate("hardMixing", { ...inputs, targets: { seed } }).loss;
    expect(of(1)).toBe(of(1));
    expect(of(1)).not.toBe(of(2));
    expect(of(1)).toBeGreaterThan(evaluate("infoNce", inputs).loss);
  });
});
