import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import type { ImageTrainer } from "../core/tune/imageTrainers/imageTrainer.ts";
import { imageTrainers } from "../core/tune/imageTrainers/imageTrainers.ts";
import { jobOptions } from "../core/tune/imageTrainers/settings.ts";
import { isImageJob } from "../core/tune/runJob.ts";
import { chooseImages, writeImageJob, type ImageJob, type PlannedImageJob } from "../engine/requests/imageJob.ts";
import { planImageRun, refusalOf, startImageRun, withWrittenPaths } from "../engine/requests/imageRun.ts";
import { locateDataset } from "../engine/store/dotWinnow.ts";
import { jobFileName, listSamples } from "../engine/tune/imageSamples.ts";
import { formatFinding } from "../engine/tune/preflight.ts";
import { findRun, listRuns } from "../engine/tune/runFolder.ts";
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
import { describePythonOptions, followPython } from "./tunePython.ts";

/** Options of `winnow tune kohya` and the like, beside those that they share with `head`: epochs, batch, rate and seed. */
export const imageOptions = {
  out: {
    type: "string",
    value: "folder",
    help: "text-to-image: where the folder and the configuration go; nothing that lies there is overwritten (with --start: the run's own folder)",
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
  start: { type: "boolean", help: "text-to-image: start the trainer when all is written, in a process of its own" },
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
  if (hasOption(call.words, "check")) return await checkJob(call, trainer);
  if (hasOption(call.words, "start")) return await startJob(call, trainer);
  const to = { out: resolve(requiredOption(call.words, "out")), watch: watchOf(call) };
  const request = requestInWords(call.words, trainer);
  const made = await inWords(() =>
    withAnalysed(call, async (dataset) => writeImageJob(call.env, dataset.root, await chooseImages(call.env, dataset, request), to)),
  );
  const refusal = refusalOf(made, trainer);
  call.print(call.json ? JSON.stringify(made) : [...describeJob(made, trainer), ...describeStart(made)].join("\n"));
  for (const warning of [...(refusal === undefined ? [] : [refusal]), ...made.warnings]) call.tell(warning);
  return made.operation === null || made.warnings.length > 0 || refusal !== undefined ? exitCodes.doneWithProblems : exitCodes.done;
}

async function startJob(call: Call, trainer: ImageTrainer): Promise<ExitCode> {
  const request = requestInWords(call.words, trainer);
  const started = await inWords(() => withAnalysed(call, (dataset) => startImageRun(call.env, dataset, request, watchOf(call))));
  for (const line of describeJob(started.made, trainer)) call.tell(line);
  return await followPython(call, started);
}

async function checkJob(call: Call, trainer: ImageTrainer): Promise<ExitCode> {
  const request = requestInWords(call.words, trainer);
  const planned = await inWords(() => withAnalysed(call, (dataset) => planImageRun(call.env, dataset, request, watchOf(call))));
  const { findings, job } = planned;
  const lines = [...findings.map(formatFinding), ...describeJob({ ...planned, operation: null }, trainer), ...describeStart(planned)];
  call.print(call.json ? JSON.stringify({ findings, job }) : lines.join("\n"));
  return exitCodes.done;
}

function requestInWords(words: Words, trainer: ImageTrainer) {
  const pictures = choiceOption(words, "pictures", ["copy", "hardlink"]);
  const prompts = listOption(words, "prompt");
  const out = textOption(words, "out");
  return {
    trainer: trainer.id,
    options: withWrittenPaths(resolve(), optionsFromWords(words)),
    withoutReview: hasOption(words, "without-review"),
    ...(out === undefined ? {} : { out: resolve(out) }),
    ...(pictures === undefined ? {} : { pictures }),
    ...(prompts.length === 0 ? {} : { prompts }),
  };
}

function watchOf({ signal, onProgress }: Call) {
  const show = (stage: "write" | "discover") => (done: number, total: number) =>
    onProgress({ stage, done: Math.min(done, total), cached: 0, total });
  return { signal, onProgress: show("write"), onCheck: show("discover") };
}

/** The named options first, what `--option` says over them. */
function optionsFromWords(words: Words): Record<string, unknown> {
  const named = { epochs: numberOption(words, "epochs"), batchSize: numberOption(words, "batch"), rate: numberOption(words, "rate") };
  const given = namedOptions(words, "option");
  const texts = { trigger: textOption(words, "trigger"), python: textOption(words, "python") };
  return { ...named, seed: numberOption(words, "seed"), ...texts, ...Object.fromEntries(given) };
}

/** Subsets that a person sees; `--json` lists all. */
const shownLimit = 20;

type Described = PlannedImageJob & Pick<ImageJob, "operation">;

function describeJob({ job, subsets, leftOut, masksLeft, captionsLeft, operation }: Described, { name: trainer }: ImageTrainer): string[] {
  const { data, steps, folder } = job;
  const more = subsets.length - shownLimit;
  return [
    `${data.images} pictures with ${data.captions} different captions, ${data.shown} shown an epoch, ${steps ?? "an unknown number of"} steps in all`,
    ...subsets
      .slice(0, shownLimit)
      .map(({ name, images, repeats, isMasked }) => `  ${name}: ${images} × ${repeats}${isMasked ? ", masked" : ""}`),
    ...(more > 0 ? [`  … and ${more} more (--json lists all)`] : []),
    ...(leftOut.length === 0 ? [] : [`Left out: ${leftOut.length}, of them ${leftOut[0]!.sample}, because ${leftOut[0]!.why}`]),
    ...(masksLeft === 0 ? [] : [`Masks that stay behind, because ${trainer} has no place for them: ${masksLeft}`]),
    ...(captionsLeft === 0 ? [] : [`Captions that stay behind, because ${trainer} reads one a picture: ${captionsLeft}`]),
    operation === null ? "Nothing was written" : `Written to ${folder} as ${operation}; "winnow undo" takes it back`,
  ];
}

function describeStart({ job: { command, args, env, cwd } }: PlannedImageJob): string[] {
  return [
    `Memory and time are not known before the run. It is started in ${cwd} by:`,
    `  ${[command, ...args].map(quoted).join(" ")}`,
    ...Object.entries(env).map(([name, value]) => `  with ${name}=${value}`),
  ];
}

/** A word as a person would type it in a shell: for reading only, nothing is run so. */
function quoted(word: string): string {
  return /^[\w./:=,@+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** `winnow tune samples`: the sample pictures that a trainer has written so far. */
async function tellSamples(call: Call): Promise<ExitCode> {
  const { prompts, samples } = await listSamples(await findJobFolder(call));
  if (call.json) call.print(JSON.stringify({ prompts, samples }));
  else if (samples.length === 0) call.print("There are no sample pictures yet");
  else for (const { unit, at, prompt, path } of samples) call.print(`${unit} ${at}  ${path}  ${prompts[prompt] ?? ""}`);
  return exitCodes.done;
}

/** A folder that a job was written to, or a dataset with a run of its own: the one that is named, or the newest. */
async function findJobFolder(call: Call): Promise<string> {
  const [, run] = call.words.positionals;
  const folder = resolve(folderOperand(call.words));
  if (existsSync(join(folder, jobFileName))) return folder;
  const { folder: winnowFolder } = await locateDataset(call.env, folder);
  const newest = run === undefined ? (await listRuns(winnowFolder)).findLast(({ job }) => isImageJob(job)) : undefined;
  return (newest ?? (await findRun(winnowFolder, run))).folder;
}
