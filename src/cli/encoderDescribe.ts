import { resolve } from "node:path";
import { parseAnswer, type Said, withAnswer } from "../core/encoders/answers.ts";
import type { EncoderQuestion } from "../core/encoders/describe.ts";
import { describeEncoderGraphs, saveEncoderFolder } from "../engine/requests/describeGraphs.ts";
import type { DescribedEncoder } from "../protocol/encoders.ts";
import type { Call, ExitCode, Option, Words } from "./command.ts";
import { exitCodes, hasOption, textOption, UsageError } from "./command.ts";

/** What can be said of graphs: an option, and its place in `winnow.json`. */
const answers: readonly {
  readonly option: string;
  readonly field: string;
  readonly value: string;
  readonly help: string;
}[] = [
  { option: "family", field: "family", value: "family", help: "describe: the model's family (see media/docs/encoders.md)" },
  { option: "size", field: "image.preprocessing.size", value: "pixels", help: "describe: pixels of a picture's side" },
  {
    option: "resize",
    field: "image.preprocessing.resize",
    value: "shortest|squash",
    help: "describe: fit the shorter side, or squash",
  },
  {
    option: "interpolation",
    field: "image.preprocessing.interpolation",
    value: "bicubic|…",
    help: "describe: how pixels are interpolated",
  },
  {
    option: "mean",
    field: "image.preprocessing.mean",
    value: "r,g,b",
    help: "describe: mean of the channels, pixels from 0 to 1",
  },
  { option: "std", field: "image.preprocessing.std", value: "r,g,b", help: "describe: deviation of the channels" },
  { option: "image-input", field: "image.input", value: "name", help: "describe: the input that takes the picture" },
  { option: "image-output", field: "image.output", value: "name", help: "describe: the output with the picture's vector" },
  {
    option: "image-pooling",
    field: "image.pooling",
    value: "cls|mean|end|last",
    help: "describe: how vectors of patches become one",
  },
  { option: "text-input", field: "text.input", value: "name", help: "describe: the input that takes the tokens" },
  { option: "text-output", field: "text.output", value: "name", help: "describe: the output with the text's vector" },
  {
    option: "text-pooling",
    field: "text.pooling",
    value: "cls|mean|end|last",
    help: "describe: how vectors of tokens become one",
  },
  {
    option: "tokenizer",
    field: "text.tokenizer",
    value: "folder",
    help: "describe: the tokenizer's folder, below the graphs'",
  },
  { option: "cleaning", field: "text.cleaning", value: "none|lower|…", help: "describe: how texts are cleaned first (none)" },
  { option: "context-length", field: "text.contextLength", value: "tokens", help: "describe: the most tokens of a text" },
  { option: "padding", field: "text.padding", value: "rule", help: "describe: endOfText, mask, padId or trainedPadded" },
  { option: "dim", field: "dim", value: "count", help: "describe: the length of the vectors" },
  {
    option: "logit-scale",
    field: "logitScale",
    value: "factor",
    help: "describe: the trained factor of the cosines, such as 100",
  },
  { option: "logit-bias", field: "logitBias", value: "bias", help: "describe: the trained bias of a sigmoid encoder" },
];

/** The options of `winnow encoder describe`. */
export const describeOptions: Readonly<Record<string, Option>> = {
  ...Object.fromEntries(answers.map(({ option, value, help }) => [option, { type: "string", value, help } as const])),
  save: { type: "boolean", help: "describe: write winnow.json beside the image graph" },
};

/** `winnow encoder describe`: tells what two graphs tell, asks for the rest, and with --save writes `winnow.json`. */
export async function describeGraphs(call: Call): Promise<ExitCode> {
  const [, image, text] = call.words.positionals;
  if (image === undefined) throw new UsageError("Expected the image graph, and the text graph where there is one");
  const request = {
    imageGraph: resolve(image),
    ...(text === undefined ? {} : { textGraph: resolve(text) }),
    said: saidInWords(call.words),
  };
  const described = await describeEncoderGraphs(request);
  const isComplete = described.questions.length === 0 && described.problems.length === 0;
  const saved = isComplete && hasOption(call.words, "save") ? await saveEncoderFolder(call.env, request) : undefined;
  if (call.json) call.print(JSON.stringify({ ...described, saved: saved ?? null }));
  else
    call.print(
      [
        ...formatDescribed(described),
        ...(saved === undefined ? [] : [`${saved.path} is written: use it with --encoder ${saved.folder}`]),
      ].join("\n"),
    );
  return isComplete ? exitCodes.done : exitCodes.doneWithProblems;
}

function formatDescribed({ known, questions, problems, file, path }: DescribedEncoder): string[] {
  return [
    ...known,
    ...problems.map((problem) => `Can't be used: ${problem}`),
    ...(questions.length === 0 ? [] : ["To be said:", ...questions.map(formatQuestion)]),
    ...(questions.length + problems.length === 0
      ? [`Nothing is left to ask. ${path} would say (--save writes it):`, JSON.stringify(file, undefined, 2)]
      : []),
  ];
}

function formatQuestion({ field, ask, choices, suggestion }: EncoderQuestion): string {
  const option = answers.find((answer) => answer.field === field)?.option ?? field;
  const list = choices === undefined ? "" : ` One of ${choices.join(", ")}.`;
  return `  --${option}${suggestion === undefined ? "" : ` ${suggestion}`}  ${ask}${list}`;
}

/** What is said by options, in the shape of `winnow.json`; the engine parses it. */
function saidInWords(words: Words): Said {
  let said: Said = {};
  for (const { option, field } of answers) {
    const text = textOption(words, option);
    if (text === undefined) continue;
    const parsed = parseAnswer(field, text);
    if (parsed.expected !== undefined) throw new UsageError(`Expected ${parsed.expected} for --${option} but received "${text}"`);
    said = withAnswer(said, field, parsed.value);
  }
  return said;
}
