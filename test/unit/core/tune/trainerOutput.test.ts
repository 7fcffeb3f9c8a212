import { describe, expect, it } from "vitest";
import { createOutputReader } from "../../../../src/core/tune/imageTrainers/trainerOutput.ts";

/** A bar as tqdm draws it over the one before. */
const bar = (name: string, done: number, total: number, told = ""): string =>
  `\r${name}:  ${Math.floor((100 * done) / total)}%|█▏   | ${done}/${total} [00:${String(done).padStart(2, "0")}<00:10,  1.15it/s${told}]`;

const steps = (metrics: readonly { kind: string }[]) =>
  metrics.flatMap((metric) => (metric.kind === "step" ? [metric as unknown as { step: number; epoch: number; loss: number }] : []));

describe("the output of text-to-image trainers", () => {
  it("tells steps, the loss of each and the epochs of sd-scripts, whose bar is drawn twice a step", () => {
    const reader = createOutputReader(2);
    const text = [
      "caching latents: 50%|██ | 1/2 [00:01<00:01]\n",
      bar("steps", 0, 4),
      "\n\nepoch 1/2\n\n",
      bar("steps", 1, 4),
      bar("steps", 1, 4, ", avr_loss=0.5"),
      bar("steps", 2, 4, ", avr_loss=0.5"),
      bar("steps", 2, 4, ", avr_loss=0.4"),
      bar("validation steps", 3, 4, ""),
      "\nepoch 2/2\n",
      bar("steps", 3, 4, ", avr_loss=0.3"),
      bar("steps", 4, 4, ", avr_loss=0.25"),
    ].join("");
    // Cut anywhere, a bar is read whole.
    const told = Array.from(text, (character) => reader.read(character)).flat();
    expect(steps(told).map(({ step, epoch, loss }) => [step, epoch, loss])).toEqual([
      [0, 0, 0.5],
      [1, 0, 0.4],
      [2, 1, 0.3],
    ]);
    expect(told.at(-2)).toMatchObject({ kind: "epoch", epoch: 0, step: 2, loss: 0.4, ms: 2000, imageToText: null, temperature: null });
    expect(reader.end()).toMatchObject([
      { kind: "step", epoch: 1, step: 3, loss: 0.25, rate: null },
      { kind: "epoch", epoch: 1, step: 4, loss: 0.25, ms: 2000 },
    ]);
  });

  it("counts on where sd-scripts are resumed, which count from 0 again", () => {
    const reader = createOutputReader(4);
    const told = reader.read(
      `${bar("steps", 0, 8)}\nepoch 3/4\n${bar("steps", 1, 8, ", avr_loss=0.5")}${bar("steps", 2, 8, ", avr_loss=0.5")}\n`,
    );
    expect(steps([...told, ...reader.end()]).map(({ step, epoch }) => [step, epoch])).toEqual([
      [4, 2],
      [5, 2],
    ]);
  });

  it.each([
    ["diffusers", bar("Steps", 7, 10, ", lr=0.0001, step_loss=0.125")],
    ["SimpleTuner", bar("Epoch 1/2, Steps", 7, 10, ", lr=0.0001, step_loss=0.125")],
    ["ai-toolkit", `\u001b[A${bar("tuned", 7, 10, ", lr: 1.0e-04 loss: 1.250e-01")}`],
  ])("reads the bar of %s", (_, text) => {
    const reader = createOutputReader(2);
    expect([...reader.read(text), ...reader.end()]).toMatchObject([{ kind: "step", step: 6, epoch: 1, loss: 0.125 }]);
  });

  it("tells the last epoch of ai-toolkit, too, whose bar stands one step short at its end, and none of a run that was cut off", () => {
    const endOf = (last: number) => {
      const reader = createOutputReader(2);
      const text = Array.from({ length: last + 1 }, (_, done) => bar("tuned", done, 10, ", lr: 1.0e-04 loss: 1.250e-01")).join("");
      return [...reader.read(text), ...reader.end()].flatMap((metric) => (metric.kind === "epoch" ? [metric.epoch] : []));
    };
    expect(endOf(9)).toEqual([0, 1]);
    expect(endOf(8)).toEqual([0]);
  });

  it("leaves a loss out that is no number, and says when it has been none for long", () => {
    const reader = createOutputReader(1);
    const read = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, at) => reader.read(bar("steps", from + at, 100, ", avr_loss=nan"))).flat();
    expect(read(1, 10)).toEqual([]);
    expect(reader.isLost).toBe(false);
    read(10, 14);
    expect(reader.isLost).toBe(true);
  });

  it("takes no other bar for one of steps", () => {
    const reader = createOutputReader(1);
    reader.read(`${bar("Generating Images", 1, 4)}${bar("model.safetensors", 50, 100)}\nloss=0.5\n`);
    expect(reader.end()).toEqual([]);
  });
});
