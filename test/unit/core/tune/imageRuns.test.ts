import { describe, expect, it } from "vitest";
import { explainFailure, reasonIn } from "../../../../src/core/tune/failure.ts";
import { imageFields, partFields } from "../../../../src/core/tune/imageTrainers/imageFields.ts";
import { type ImageRunWanted, judgeImageRun } from "../../../../src/core/tune/imageTrainers/imagePreflight.ts";
import type { SampleName } from "../../../../src/core/tune/imageTrainers/imageTrainer.ts";
import { imageTrainers } from "../../../../src/core/tune/imageTrainers/imageTrainers.ts";
import { kohya } from "../../../../src/core/tune/imageTrainers/kohya.ts";
import { arrangeSamples, moveInGrid } from "../../../../src/core/tune/imageTrainers/samples.ts";
import { shortfallOf } from "../../../../src/core/tune/imageTrainers/shortfall.ts";
import { readSettings } from "../../../../src/core/tune/imageTrainers/settings.ts";

describe("the look before a run of a text-to-image trainer", () => {
  const packages = { torch: "2.9.0", accelerate: "1.0", diffusers: "0.30", transformers: "4.0" };
  const gpus = [{ name: "H200", freeBytes: 1e11, memoryBytes: 1.4e11 }];
  const machine = { python: "3.11.0", packages, gpus, failure: null, freeBytes: 1e11 };
  const wanted: ImageRunWanted = { trainer: kohya, interpreter: "python", missing: undefined, images: 20, warnings: [] };
  const judged = (off: object, ask: Partial<ImageRunWanted> = {}) =>
    judgeImageRun({ ...machine, ...off }, { ...wanted, ...ask })
      .filter(({ grade }) => grade !== "fine")
      .map(({ grade, sentence, fix }) => `${grade}: ${sentence}${fix === undefined ? "" : ` → ${fix}`}`);

  it("finds nothing where all is there", () => expect(judged({})).toEqual([]));

  it("names what is missing with a line that mends it, what is wrong first", () => {
    expect(judged({ packages: { torch: "2.9.0" }, gpus: [], freeBytes: 3e9 }, { missing: "x/train.py", images: 0 })).toEqual([
      "wrong: kohya sd-scripts was not found, for there is no x/train.py → git clone https://github.com/kohya-ss/sd-scripts, and name its checkout as trainerFolder",
      "wrong: Python 3.11.0 (python) lacks accelerate, diffusers, transformers → name the interpreter that has what kohya sd-scripts needs as python, or python -m pip install accelerate diffusers transformers",
      "wrong: There is no picture to train on → keep more of the pairs",
      "doubtful: torch sees no GPU here, without which models that paint are hardly trained",
      "doubtful: The disk has 3.0 GB left, and a base model with its checkpoints takes more → make room, or name another folder as out",
    ]);
    expect(judged({ failure: "ImportError: libcuda" })).toEqual([
      "wrong: torch can't be loaded (ImportError: libcuda) → python -m pip install --force-reinstall torch",
    ]);
    expect(judged({}, { warnings: ["It would end at once"] })).toEqual(["wrong: It would end at once"]);
  });
});

describe("the fields of text-to-image trainers", () => {
  it.each(imageTrainers.map((trainer) => [trainer.id, trainer] as const))(
    "of %s begin with what it can't do without, and are all read",
    (_, trainer) => {
      const fields = imageFields(trainer);
      expect(Object.keys(fields).slice(0, 4)).toEqual(["trainerFolder", "python", "family", "model"]);
      expect(Object.values(fields).every(({ about }) => /^[A-Z]/.test(about))).toBe(true);
      const usual = Object.entries(fields).flatMap(([name, { otherwise }]) =>
        otherwise === undefined ? [] : [[name, otherwise] as const],
      );
      const parted = partFields(Object.fromEntries(usual));
      expect(parted).toMatchObject({ out: undefined, pictures: "copy", withoutReview: false, prompts: undefined });
      expect(readSettings(trainer, (parted as { settings: object }).settings as Record<string, unknown>)).toEqual(
        readSettings(trainer, {}),
      );
    },
  );

  it("part prompts, and refuse a mode that is none", () => {
    expect(partFields({ prompts: " a cat | a dog |", out: " /jobs/x ", withoutReview: "true", rank: 4 })).toEqual({
      ...{ out: "/jobs/x", pictures: undefined, withoutReview: true, prompts: ["a cat", "a dog"], settings: { rank: 4 } },
    });
    expect(partFields({ pictures: "link" })).toBe('Expected copy or hardlink for pictures but received "link"');
  });
});

it("resumes sd-scripts from their newest state, and from the beginning where there is none", () => {
  const names = ["tuned-000002-state", "tuned-000010-state", "tuned-000002.safetensors", "sample"];
  expect(kohya.resume!(names, "/job")).toEqual(["--resume", "/job/output/tuned-000010-state", "--initial_epoch", "11"]);
  expect(kohya.resume!(["sample"], "/job")).toEqual([]);
});

describe("sample pictures as a grid", () => {
  const sample = (at: number, prompt: number): SampleName => ({ unit: "step", at, prompt, made: "" });

  it("has a row a prompt and a column a checkpoint", () => {
    const { checkpoints, pictures } = arrangeSamples([sample(10, 0), sample(10, 1), sample(20, 1)]);
    expect(checkpoints).toEqual([
      { unit: "step", at: 10 },
      { unit: "step", at: 20 },
    ]);
    expect(pictures.map(({ row, column }) => [row, column])).toEqual([
      [0, 0],
      [1, 0],
      [1, 1],
    ]);
  });

  it("leaves out columns evenly where there are too many, but neither end", () => {
    const { checkpoints } = arrangeSamples(
      Array.from({ length: 11 }, (_, at) => sample(at, 0)),
      3,
    );
    expect(checkpoints.map(({ at }) => at)).toEqual([0, 5, 10]);
  });

  it("is walked by the keys, and left by others", () => {
    const size = { rows: 2, columns: 3 };
    expect(moveInGrid("ArrowRight", { row: 0, column: 2 }, size)).toEqual({ row: 0, column: 2 });
    expect(moveInGrid("ArrowDown", { row: 0, column: 2 }, size)).toEqual({ row: 1, column: 2 });
    expect(moveInGrid("Home", { row: 1, column: 2 }, size)).toEqual({ row: 1, column: 0 });
    expect(moveInGrid("End", { row: 1, column: 0 }, size)).toEqual({ row: 1, column: 2 });
    expect(moveInGrid("Tab", { row: 1, column: 0 }, size)).toBeUndefined();
  });
});

describe("the end of a log", () => {
  it("gives the error of the trainer, not that of what has started it, nor a bar", () => {
    const log = [
      "ValueError: no such optimizer",
      "steps: 10%|█ | 1/10 [00:01<00:09]\rsteps: 20%|█ | 2/10 [00:02<00:08]",
      "subprocess.CalledProcessError: Command '['python']' returned non-zero exit status 1.",
    ];
    expect(reasonIn(log.join("\n"))).toBe("ValueError: no such optimizer");
    expect(reasonIn("one\r\n  two \r\n")).toBe("two");
    expect(reasonIn("")).toBe("");
    expect(reasonIn("\u001B[31mValueError\u001B[0m: no such optimizer\u001B[0m\n\u001B[0m")).toBe("ValueError: no such optimizer");
  });

  it("tells a trainer that wasn't through from one that was, though both end without a code", () => {
    const failed = "OSError: there is no config.json\nError running training";
    const shortfall = (done: number, total: number, log = "") => shortfallOf("simpletuner", { done, total }, log);
    expect(shortfallOf("simpletuner", undefined, failed)).toBe("simpletuner ended before its first step: OSError: there is no config.json");
    expect(shortfall(3, 16, failed)).toBe("simpletuner ended after 3 of 16 steps: OSError: there is no config.json");
    expect(shortfall(3, 16)).toBe("simpletuner ended after 3 of 16 steps, and didn't say why");
    for (const done of [15, 16]) expect(shortfall(done, 16, failed)).toBeUndefined();
    expect(shortfallOf("simpletuner", undefined, "all is well")).toBeUndefined();
  });

  it("knows a trainer that accelerate saw killed", () => {
    expect(explainFailure("CalledProcessError: Command '[…]' died with <Signals.SIGKILL: 9>.")).toMatch(
      /^The trainer was killed from outside/,
    );
  });
});
