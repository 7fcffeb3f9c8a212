import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { poolings, paddingRules } from "../../../src/core/encoders/family.ts";
import { describeEncoderGraphs } from "../../../src/engine/requests/describeGraphs.ts";
import { fillEncoderForm, type FormEnd, type FormStep, meaningOf, type StepReply } from "../../../src/host/encoderForm.ts";
import { letterTokenizer, pictureGraph, textGraph } from "../../encoderFixture.ts";
import { onnxBytes } from "../../onnx.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "winnow-form-"));
  await mkdir(join(folder, "letters"));
  await writeFile(join(folder, "letters/tokenizer.json"), JSON.stringify(letterTokenizer()));
  await writeFile(join(folder, "a.onnx"), onnxBytes(pictureGraph));
  await writeFile(join(folder, "b.onnx"), onnxBytes(textGraph));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const back: StepReply = { kind: "back" };
const answer = (text: string): StepReply => ({ kind: "answer", text });

interface Filled {
  readonly end: FormEnd;
  readonly steps: readonly FormStep[];
  /** What each step was about: a field, or `save`. */
  readonly asked: readonly string[];
}

/** Fills the form over the engine's own reading of the graphs, with these replies in order; closed after the last. */
async function fill(replies: readonly StepReply[], hasText = true): Promise<Filled> {
  const steps: FormStep[] = [];
  const graphs = { imageGraph: join(folder, "a.onnx"), ...(hasText ? { textGraph: join(folder, "b.onnx") } : {}) };
  const end = await fillEncoderForm({
    describe: (said) => describeEncoderGraphs({ ...graphs, said }),
    ask: (step) => Promise.resolve(replies[steps.push(step) - 1] ?? { kind: "closed" }),
    stepsBefore: 1,
  });
  return { end, steps, asked: steps.map(({ subject }) => (subject.kind === "save" ? "save" : subject.question.field)) };
}

const questionOf = ({ subject }: FormStep) => {
  if (subject.kind === "save") throw new Error("Expected a question but it was the end");
  return subject;
};

describe("the form for any pair of graphs", () => {
  it("asks only what the graphs don't tell, with the step's number, and gives what was said", async () => {
    const { end, steps, asked } = await fill([answer("clip"), answer(" letters "), answer("100"), answer("")]);
    expect(asked).toEqual(["family", "text.tokenizer", "logitScale", "save"]);
    expect(steps.map(({ step, totalSteps }) => `${step}/${totalSteps}`)).toEqual(["2/5", "3/5", "4/5", "5/5"]);
    expect(end).toEqual({ kind: "filled", said: { family: "clip", text: { tokenizer: "letters" }, logitScale: 100 } });
    expect(steps.at(-1)?.subject).toMatchObject({ kind: "save", path: join(folder, "winnow.json") });
  });

  it("asks more where the family is none of the known, with the likely answers filled in", async () => {
    const { steps, asked } = await fill([answer("unknown"), answer("squash")]);
    expect(asked).toEqual(["family", "image.preprocessing.resize", "image.preprocessing.interpolation"]);
    expect(questionOf(steps[2]!).question).toMatchObject({ initial: "bicubic", isOptional: false });
    expect(steps[1]!.totalSteps).toBeGreaterThan(steps[0]!.totalSteps);
  });

  it("takes the last answer back, shows it again, and forgets what it brought", async () => {
    const { end, steps, asked } = await fill([answer("unknown"), back, answer("clip"), answer("letters"), answer(""), answer("")]);
    expect(asked).toEqual(["family", "image.preprocessing.resize", "family", "text.tokenizer", "logitScale", "save"]);
    expect(questionOf(steps[2]!).question.initial).toBe("unknown");
    expect(end).toEqual({ kind: "filled", said: { family: "clip", text: { tokenizer: "letters" } } });
  });

  it("is left by the first step's way back, and closed at any step", async () => {
    expect((await fill([back])).end).toEqual({ kind: "back" });
    expect((await fill([answer("clip")])).end).toEqual({ kind: "closed" });
  });

  it("asks for the bias too where the family has one", async () => {
    const { end, asked } = await fill([answer("siglip"), answer("letters"), answer("110"), answer("-12.5"), answer("")]);
    expect(asked).toEqual(["family", "text.tokenizer", "logitScale", "logitBias", "save"]);
    expect(end).toMatchObject({ said: { logitScale: 110, logitBias: -12.5 } });
  });

  it("needs nothing about texts for pictures alone", async () => {
    const { asked } = await fill([answer("dinov2"), answer("")], false);
    expect(asked).toEqual(["family", "save"]);
  });

  it("says why an answer can't be taken, in the engine's words where it has some", async () => {
    const { steps } = await fill([answer("clip"), answer("letters")]);
    const [family, tokenizer, scale] = steps.map(questionOf);
    expect(await family!.check("clap")).toMatch(/winnow\.json is not as expected \(family/);
    expect(await family!.check("dinov2")).toMatch(/sees pictures alone, but there is a text graph/);
    expect(await family!.check(" ")).toBe("An answer is needed: Which family is the model of?");
    expect(await family!.check("clip")).toBeUndefined();
    expect(await tokenizer!.check("elsewhere")).toMatch(/^"elsewhere" does not answer it: Which folder/);
    expect(await tokenizer!.check("../letters")).toMatch(/expected a path below the encoder's folder/);
    expect(await tokenizer!.check("letters")).toBeUndefined();
    expect(await scale!.check("warm")).toBe('Expected a number but received "warm"');
    expect(await scale!.check("-1")).toMatch(/not as expected \(logitScale/);
    expect(await scale!.check("")).toBeUndefined();
  });

  it("rejects with a sentence where no answer helps", async () => {
    await writeFile(join(folder, "b.onnx"), onnxBytes({ ...textGraph, outputs: [{ name: "text_embeds", dims: ["batch", 12] }] }));
    await expect(fill([])).rejects.toThrow(/The graphs give 8 numbers for a picture and 12 for a text/);
  });
});

it("tells what choices mean", () => {
  expect(meaningOf("family", "siglip")).toMatch(/SigLIP \(.*Zhai/);
  expect(meaningOf("family", "unknown")).toBe("None of these: everything is asked");
  for (const choice of paddingRules) expect(meaningOf("text.padding", choice), choice).toBeDefined();
  for (const choice of poolings) expect(meaningOf("image.pooling", choice), choice).toBeDefined();
  expect(meaningOf("image.input", "x")).toBeUndefined();
});
