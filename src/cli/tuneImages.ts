import { resolve } from "node:path";
import type { ImageTrainer } from "../core/tune/imageTrainers/imageTrainer.ts";
import { imageTrainers } from "../core/tune/imageTrainers/imageTrainers.ts";
import { jobOptions, readSettings } from "../core/tune/imageTrainers/settings.ts";
import { writeImageJob, type ImageJob } from "../engine/requests/imageJob.ts";
import { listSamples } from "../engine/tune/imageSamples.ts";
import { assertFound, runTuneJob } from "../engine/tune/runJob.ts";
import type { Call, ExitCode, Option, Words } from "./command.ts";
import {
  choiceOption,
  exitCodes,
  folderOperand,
  hasOption,
  inWords,
  listOption,
  namedOptions,
  numberOption,
  requiredOption,
  textOption,
} from "./command.ts";
import { withAnalysed } from "./opened.ts";
import { describePythonOptions } from "./tunePython.ts";

/** Options of `winnow tune kohya` and the like, beside those that they share with `head`: epochs, batch, rate and seed. */
export const imageOptions = {
  out: {
    type: "string",
    value: "folder",
    help: "text-to-image: where the folder and the configuration go; nothing that lies there is overwritten",
  },
  trigger: { type: "string", value: "word", help: "text-to-image: what captions begin with where they don't hold it" },
  prompt: { type: "string", multiple: true, value: "text", help: "text-to-image: of a sample picture (captions of the largest concepts)" },
  option: {
    type: "string",
    multiple: true,
    value: "name=value",
    help: `text-to-image, full, open_clip: another setting; ${describeOptions()}; ${describePythonOptions()}`,
  },
  pictures: { type: "string", value: "copy|hardlink", help: "text-to-image: how the pictures go out (copy)" },
  "without-review": { type: "boolean", help: "text-to-image: leave out what is in review" },
  start: { type: "boolean", help: "text-to-image: start the trainer when all is written" },
} as const satisfies Record<string, Option>;

/** What `winnow tune` does for text-to-image, by its first word. */
export const imageActions: Readonly<Record<string, (call: Call) => Promise<ExitCode>>> = {
  ...Object.fromEntries(imageTrainers.map((trainer) => [trainer.id, (call: Call) => writeJob(call, trainer)] as const)),
  samples: tellSamples,
};

function describeOptions(): string {
  return imageTrainers.map((trainer) => `${trainer.id} has ${Object.keys(jobOptions(trainer)).join(", ")}`).join("; ");
}

async function writeJob(call: Call, trainer: ImageTrainer): Promise<ExitCode> {
  const { words, env } = call;
  const pictures = choiceOption(words, "pictures", ["copy", "hardlink"]);
  const prompts = listOption(words, "prompt");
  const request = {
    trainer: trainer.id,
    options: optionsFromWords(words),
    out: resolve(requiredOption(words, "out")),
    withoutReview: hasOption(words, "without-review"),
    ...(pictures === undefined ? {} : { pictures }),
    ...(prompts.length === 0 ? {} : { prompts }),
  };
  const show = (stage: "write" | "discover") => (done: number, total: number) =>
    call.onProgress({ stage, done: Math.min(done, total), cached: 0, total });
  const watch = { signal: call.signal, onProgress: show("write"), onCheck: show("discover") };
  const made = await inWords(async () => {
    // Found too late, it would leave a folder in the way of the next try.
    const { cwd = request.out, args } = trainer.configure({
      folder: request.out,
      subsets: [],
      prompts: [],
      ...readSettings(trainer, request.options),
    });
    if (hasOption(words, "start")) assertFound({ cwd, args }, trainer.name);
    return await withAnalysed(call, (dataset) => writeImageJob(env, dataset, { request, watch }));
  });
  call.print(call.json ? JSON.stringify(made) : formatJob(made, trainer));
  for (const { folder, expected, found, stops } of made.checks.filter(({ agrees }) => !agrees))
    call.tell(
      `${trainer.name} would not read ${folder} as the job says: ${found.shown} shown an epoch instead of ${expected.shown}${stops === null ? "" : ` (${stops})`}`,
    );
  for (const warning of made.warnings) call.tell(warning);
  if (made.operation === null || made.warnings.length > 0 || made.checks.some(({ agrees }) => !agrees)) return exitCodes.doneWithProblems;
  if (!hasOption(words, "start")) return exitCodes.done;
  return (await runTuneJob(made.job, { trainer, signal: call.signal })) === 0 ? exitCodes.done : exitCodes.failed;
}

/** The named options first, what `--option` says over them. */
function optionsFromWords(words: Words): Record<string, unknown> {
  const named = { epochs: numberOption(words, "epochs"), batchSize: numberOption(words, "batch"), rate: numberOption(words, "rate") };
  const given = namedOptions(words, "option");
  return { ...named, seed: numberOption(words, "seed"), trigger: textOption(words, "trigger"), ...Object.fromEntries(given) };
}

/** Subsets that a person sees; `--json` lists all. */
const shownLimit = 20;

function formatJob({ job, subsets, leftOut, masksLeft, captionsLeft, operation }: ImageJob, { name: trainer }: ImageTrainer): string {
  const { data, steps, command, args, env, cwd, folder } = job;
  const more = subsets.length - shownLimit;
  const variables = Object.entries(env).map(([name, value]) => `  with ${name}=${value}`);
  return [
    `${data.images} pictures with ${data.captions} different captions, ${data.shown} shown an epoch, ${steps ?? "an unknown number of"} steps in all`,
    ...subsets
      .slice(0, shownLimit)
      .map(({ name, images, repeats, isMasked }) => `  ${name}: ${images} × ${repeats}${isMasked ? ", masked" : ""}`),
    ...(more > 0 ? [`  … and ${more} more (--json lists all)`] : []),
    ...(leftOut.length === 0 ? [] : [`Left out: ${leftOut.length}, of them ${leftOut[0]!.sample}, because ${leftOut[0]!.why}`]),
    ...(masksLeft === 0 ? [] : [`Masks that stay behind, because ${trainer} has no place for them: ${masksLeft}`]),
    ...(captionsLeft === 0 ? [] : [`Captions that stay behind, because ${trainer} reads one a picture: ${captionsLeft}`]),
    operation === null ? "There was nothing to write" : `Written to ${folder} as ${operation}; "winnow undo" takes it back`,
    `Memory and time are not known before the run. It is started in ${cwd} by:`,
    `  ${[command, ...args].map(quoted).join(" ")}`,
    ...variables,
  ].join("\n");
}

/** A word as a person would type it in a shell: for reading only, nothing is run so. */
function quoted(word: string): string {
  return /^[\w./:=,@+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** `winnow tune samples`: the sample pictures that a trainer has written so far. */
async function tellSamples(call: Call): Promise<ExitCode> {
  const { prompts, samples } = await listSamples(resolve(folderOperand(call.words)));
  if (call.json) call.print(JSON.stringify({ prompts, samples }));
  else if (samples.length === 0) call.print("There are no sample pictures yet");
  else for (const { unit, at, prompt, path } of samples) call.print(`${unit} ${at}  ${path}  ${prompts[prompt] ?? ""}`);
  return exitCodes.done;
}
