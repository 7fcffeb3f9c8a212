import type { EncoderFile } from "./encoderFile.ts";
import { families, findFamily, recogniseFamily } from "./families.ts";
import { unknownFamily } from "./families/unknownFamily.ts";
import type { EncoderFamily } from "./family.ts";
import { paddingRules, poolings } from "./family.ts";
import type { GraphSignature } from "./signature.ts";
import type { PlannedTower, Side, TowerPlan } from "./towerPlan.ts";
import { planTower } from "./towerPlan.ts";

/** Something that a person must say because the graphs don't: `field` is its place in `winnow.json`, `suggestion` the likely answer as it would be typed. */
export interface EncoderQuestion {
  readonly field: string;
  readonly ask: string;
  readonly choices?: readonly string[];
  readonly suggestion?: string;
}

/**
 * What two graphs and a person's answers make: the file as it stands, sentences about what was read, what is still asked (nothing: the file can be saved),
 * and what no answer mends.
 */
export interface DescribedGraphs {
  readonly file: EncoderFile;
  readonly known: readonly string[];
  readonly questions: readonly EncoderQuestion[];
  readonly problems: readonly string[];
}

/** The graphs of an encoder (no text graph: it sees pictures alone), what is said of them already, their names, and whether a tokenizer lies where it is said to. */
export interface GraphsToDescribe {
  readonly image: GraphSignature;
  readonly text: GraphSignature | undefined;
  readonly said: EncoderFile;
  readonly names: readonly string[];
  readonly hasTokenizer: boolean;
}

/** Tells what can be read from an encoder's graphs, and asks for the rest. */
export function describeGraphs(graphs: GraphsToDescribe): DescribedGraphs {
  const { image, text, said } = graphs;
  const family = said.family === undefined ? undefined : (findFamily(said.family) ?? unknownFamily);
  const sides = [planSide("image", image, { graphs, family }), ...(text === undefined ? [] : [planSide("text", text, { graphs, family })])];
  const plans = { image: sides[0]?.plan, text: sides[1]?.plan };
  const found = [
    familyQuestion(graphs, family),
    ...sides.map(({ found: ofSide }) => ofSide),
    describePictures(graphs, family, plans.image),
    describeLength(
      said,
      sides.map(({ plan }) => plan),
    ),
    ...(text === undefined ? [] : [describeTexts(graphs, family, plans.text)]),
  ];
  const size = said.image?.preprocessing?.size ?? fixedSize(plans.image);
  return {
    file: size === undefined ? said : { ...said, image: { ...said.image, preprocessing: { ...said.image?.preprocessing, size } } },
    known: found.flatMap(({ known = [] }) => known),
    questions: found.flatMap(({ questions = [] }) => questions),
    problems: found.flatMap(({ problems = [] }) => problems),
  };
}

/** What one look finds out. */
type Found = Partial<Pick<DescribedGraphs, "known" | "questions" | "problems">>;

function familyQuestion({ names, text }: GraphsToDescribe, family: EncoderFamily | undefined): Found {
  if (family !== undefined && family.text === undefined && text !== undefined)
    return {
      problems: [`${family.title} sees pictures alone, but there is a text graph: name another family, or leave the text graph out`],
    };
  if (family !== undefined) return { known: [`Its family is ${family.title} (${family.source})`] };
  const choices = families.filter((one) => text === undefined || one.text !== undefined).map(({ id }) => id);
  const likely = recogniseFamily({ names }).id;
  const question = { field: "family", ask: "Which family is the model of?", choices: [...choices, unknownFamily.id] };
  return { questions: [choices.includes(likely) ? { ...question, suggestion: likely } : question] };
}

function planSide(
  side: Side,
  signature: GraphSignature,
  { graphs: { said }, family = unknownFamily }: { graphs: GraphsToDescribe; family: EncoderFamily | undefined },
): { readonly plan: TowerPlan | undefined; readonly found: Found } {
  const facts = { image: family.image, text: family.text ?? unknownFamily.text, choice: said[side] ?? {} };
  const { plan, problem } = planTower(signature, side, facts);
  if (plan === undefined) return { plan, found: askAbout(side, signature, problem) };
  const pooled = plan.pooling === undefined ? "" : `, pooled (${plan.pooling})`;
  const length = plan.dim === undefined ? "" : `, ${plan.dim} numbers each`;
  const known = [
    `The ${side} graph takes ${plan.inputs.map(({ name }) => name).join(", ")}; its vectors are ${plan.output}${pooled}${length}`,
  ];
  if (plan.parts !== undefined)
    known.push(`The ${side} graph gives a vector a ${side === "image" ? "patch" : "token"} too: ${plan.parts.name}`);
  if (signature.isBatchBound) known.push(`The ${side} graph quantises as it runs, so it takes one row at a time`);
  return { plan, found: { known } };
}

function askAbout(side: Side, { inputs, outputs }: GraphSignature, problem: NonNullable<PlannedTower["problem"]>): Found {
  const ports = (list: GraphSignature["inputs"]): readonly string[] => list.map(({ name }) => name);
  switch (problem.about) {
    case "nothing":
      return { problems: [`The ${side} graph ${problem.words}`] };
    case "input":
      return {
        questions: [{ field: `${side}.input`, ask: `Which input of the ${side} graph takes the ${side}?`, choices: ports(inputs) }],
      };
    case "output":
      return {
        questions: [{ field: `${side}.output`, ask: `Which output of the ${side} graph holds the vectors?`, choices: ports(outputs) }],
      };
    case "pooling":
      return {
        questions: [{ field: `${side}.pooling`, ask: `How does the ${side} graph's output become one vector?`, choices: poolings }],
      };
  }
}

function fixedSize(plan: TowerPlan | undefined): { width: number; height: number } | undefined {
  const [, , height, width] = plan?.main.dims ?? [];
  return height === undefined || width === undefined ? undefined : { width, height };
}

function describePictures({ said }: GraphsToDescribe, family: EncoderFamily | undefined, plan: TowerPlan | undefined): Found {
  const told = said.image?.preprocessing;
  const size = fixedSize(plan);
  const ask = (name: string, sentence: string): EncoderQuestion => ({ field: `image.preprocessing.${name}`, ask: sentence });
  const questions: EncoderQuestion[] = [];
  if (plan !== undefined && size === undefined && told?.size === undefined)
    questions.push(ask("size", "How many pixels wide and high are the pictures that the graph takes?"));
  if (family === unknownFamily) {
    const { resize, resample, mean, std } = family.image.preprocessing;
    if (told?.resize === undefined)
      questions.push({
        ...ask("resize", "Is the shorter side fitted and the rest cut off, or the whole squashed?"),
        choices: ["shortest", "squash"],
        suggestion: resize,
      });
    if (told?.interpolation === undefined)
      questions.push({
        ...ask("interpolation", "How are pixels interpolated?"),
        choices: ["nearest", "lanczos", "bilinear", "bicubic"],
        suggestion: resample,
      });
    if (told?.mean === undefined)
      questions.push({ ...ask("mean", "Which mean of the channels is taken off (pixels from 0 to 1)?"), suggestion: mean.join(",") });
    if (told?.std === undefined)
      questions.push({ ...ask("std", "By which deviation of the channels is divided?"), suggestion: std.join(",") });
    return { questions };
  }
  const known = size === undefined ? [] : [`Pictures are ${size.width} × ${size.height} pixels`];
  if (family !== undefined) known.push(`Pictures are prepared as ${family.title} does, but for what is said otherwise`);
  return { known, questions };
}

function describeLength({ dim }: EncoderFile, plans: readonly (TowerPlan | undefined)[]): Found {
  const [image, text] = plans.map((plan) => plan?.dim);
  if (image !== undefined && text !== undefined && image !== text)
    return { problems: [`The graphs give ${image} numbers for a picture and ${text} for a text: export both with their projection`] };
  if (dim !== undefined || image !== undefined || text !== undefined || plans.includes(undefined)) return {};
  return { questions: [{ field: "dim", ask: "How many numbers has a vector?" }] };
}

function describeTexts({ said, hasTokenizer }: GraphsToDescribe, family: EncoderFamily | undefined, plan: TowerPlan | undefined): Found {
  const questions: EncoderQuestion[] = [];
  const known: string[] = [];
  if (!hasTokenizer) {
    const ask = "Which folder, below the encoder's own, holds its tokenizer (tokenizer.json, or vocab.json and merges.txt, or vocab.txt)?";
    questions.push({ field: "text.tokenizer", ask });
  }
  if (plan === undefined) return { questions };
  const fixed = plan.main.dims?.[1];
  const usual = family?.text?.contextLength;
  if (fixed !== undefined) known.push(`Texts have ${fixed} tokens`);
  else if (said.text?.contextLength === undefined && family === unknownFamily)
    questions.push({
      field: "text.contextLength",
      ask: "How many tokens may a text have, with the special ones?",
      suggestion: String(usual),
    });
  else if (said.text?.contextLength === undefined && usual !== undefined)
    known.push(`Texts have up to ${usual} tokens, as ${family?.title} has them`);
  const hasMask = plan.inputs.some(({ role }) => role === "mask");
  if (family === unknownFamily && !hasMask && fixed === undefined && said.text?.padding === undefined)
    questions.push({
      field: "text.padding",
      ask: "Can padding behind a text reach its vector?",
      choices: paddingRules,
      suggestion: "trainedPadded",
    });
  if (said.logitScale === undefined)
    known.push("The logit scale is not known, so matchProbability will be unknown: say logitScale where you know it");
  return { known, questions };
}
