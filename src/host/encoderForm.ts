import { parseAnswer, type Said, withAnswer } from "../core/encoders/answers.ts";
import type { EncoderQuestion } from "../core/encoders/describe.ts";
import { findFamily } from "../core/encoders/families.ts";
import type { DescribedEncoder } from "../protocol/encoders.ts";
import { sentenceOf } from "./messages.ts";

/** A question of the form. `initial` is what was typed before, else the likely answer; an optional one may be left empty. */
export interface FormQuestion extends EncoderQuestion {
  readonly initial: string;
  readonly isOptional: boolean;
}

/** One step of the form: a question with what checks an answer (a sentence where it can't be taken), or the end, where the file is saved. */
export interface FormStep {
  readonly step: number;
  readonly totalSteps: number;
  readonly subject:
    | { readonly kind: "question"; readonly question: FormQuestion; readonly check: (text: string) => Promise<string | undefined> }
    | { readonly kind: "save"; readonly path: string; readonly known: readonly string[] };
}

/** What a person does in a step: the answer's text (any where the file is saved), one step back, or away with it all. */
export type StepReply = { readonly kind: "answer"; readonly text: string } | { readonly kind: "back" } | { readonly kind: "closed" };

/** What the form works with: `describe` is the engine's reading of the graphs with what is said of them, `ask` shows a step. */
export interface FormParts {
  readonly describe: (said: Said) => Promise<DescribedEncoder>;
  readonly ask: (step: FormStep) => Promise<StepReply>;
  /** Steps that came before the form's own. */
  readonly stepsBefore: number;
}

/** How a form ends: filled, left by the first step's way back, or closed. */
export type FormEnd = { readonly kind: "filled"; readonly said: Said } | { readonly kind: "back" } | { readonly kind: "closed" };

interface Answer {
  readonly field: string;
  readonly text: string;
}

/**
 * Asks for what graphs don't tell, one question after the other; an answer may bring other questions. Going back takes the last answer back and shows it again.
 * Rejects with the engine's sentence where the graphs can't be used whatever a person says.
 */
export async function fillEncoderForm({ describe, ask, stepsBefore }: FormParts): Promise<FormEnd> {
  const answers: Answer[] = [];
  const typed = new Map<string, string>();
  for (;;) {
    const said = saidBy(answers);
    const described = await describe(said);
    const [problem] = described.problems;
    if (problem !== undefined) throw new Error(problem);
    const open = openQuestions(described, answers);
    const [next] = open;
    const subject: FormStep["subject"] =
      next === undefined
        ? { kind: "save", path: described.path, known: described.known }
        : {
            kind: "question",
            question: { ...next, initial: typed.get(next.field) ?? next.suggestion ?? "" },
            check: (text) => checkAnswer(describe, answers, { question: next, text: text.trim() }),
          };
    const step = stepsBefore + answers.length + 1;
    const reply = await ask({ step, totalSteps: step + open.length, subject });
    if (reply.kind === "closed") return reply;
    if (reply.kind === "answer" && next === undefined) return { kind: "filled", said };
    if (reply.kind === "answer") {
      typed.set(next!.field, reply.text.trim());
      answers.push({ field: next!.field, text: reply.text.trim() });
    } else if (answers.pop() === undefined) return reply;
  }
}

type Asked = Omit<FormQuestion, "initial">;

function openQuestions(described: DescribedEncoder, answers: readonly Answer[]): readonly Asked[] {
  const needed = described.questions.map((question) => ({ ...question, isOptional: false }));
  const isOpen = ({ field }: Asked): boolean => answers.every((answer) => answer.field !== field);
  return [...needed, ...optionalQuestions(described).filter(isOpen)];
}

/** What no graph tells and nothing but the match probability needs. */
function optionalQuestions({ file }: DescribedEncoder): readonly Asked[] {
  if (file.text === undefined) return [];
  const isSigmoid = findFamily(file.family ?? "")?.probability === "sigmoid";
  const scale =
    "Which trained factor are the cosines multiplied by, such as 100? Empty where it isn't known: matchProbability is unknown then";
  const bias = "Which trained bias is added to them, such as -10? Empty where it isn't known";
  return [
    { field: "logitScale", ask: scale, isOptional: true },
    ...(isSigmoid ? [{ field: "logitBias", ask: bias, isOptional: true }] : []),
  ];
}

/** An empty answer says nothing. Those that can't be read don't come this far. */
function saidBy(answers: readonly Answer[]): Said {
  return answers.reduce<Said>((said, { field, text }) => {
    const parsed = text === "" ? undefined : parseAnswer(field, text);
    return parsed === undefined || parsed.expected !== undefined ? said : withAnswer(said, field, parsed.value);
  }, {});
}

/** Why an answer can't be taken: the engine's own sentence, where it has one. */
async function checkAnswer(
  describe: FormParts["describe"],
  answers: readonly Answer[],
  { question: { field, ask, isOptional }, text }: { readonly question: Asked; readonly text: string },
): Promise<string | undefined> {
  if (text === "") return isOptional ? undefined : `An answer is needed: ${ask}`;
  const { expected } = parseAnswer(field, text);
  if (expected !== undefined) return `Expected ${expected} but received "${text}"`;
  try {
    const { problems, questions } = await describe(saidBy([...answers, { field, text }]));
    const isAskedAgain = questions.some((question) => question.field === field);
    return problems[0] ?? (isAskedAgain ? `"${text}" does not answer it: ${ask}` : undefined);
  } catch (error) {
    return sentenceOf(error);
  }
}

/** What a choice of a question means, for people; undefined where its name says it. */
export function meaningOf(field: string, choice: string): string | undefined {
  if (field !== "family") return meanings[field]?.[choice];
  const family = findFamily(choice);
  return family === undefined ? "None of these: everything is asked" : `${family.title} (${family.source})`;
}

const pooling: Readonly<Record<string, string>> = {
  cls: "The first vector",
  mean: "The mean of all that are no padding",
  end: "The vector at the end of the text",
  last: "The last vector",
};

const meanings: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "image.pooling": pooling,
  "text.pooling": pooling,
  "image.preprocessing.resize": { shortest: "The shorter side is fitted, the rest cut off", squash: "The whole picture is squashed" },
  "text.padding": {
    endOfText: "No: attention looks back only, and the vector is taken at the end token",
    mask: "No, where the graph takes a mask",
    padId: "No: the graph masks by the id of the padding",
    trainedPadded: "Yes: every text is padded to the full length, as in training",
  },
};
