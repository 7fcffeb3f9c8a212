import { losses } from "../core/losses/losses.ts";
import { heads } from "../core/tune/heads/heads.ts";
import { endings } from "../core/tune/endings.ts";
import { towers } from "../core/tune/headModel.ts";
import { labelSources } from "../core/tune/classLabels.ts";
import { jobDefaults, type SaidJob } from "../core/tune/job.ts";
import { isComparisonJob, isHeadJob, titleOfJob } from "../core/tune/runJob.ts";
import { providerChoices } from "../core/providers.ts";
import { classifyPictures } from "../engine/requests/classifyPictures.ts";
import type { TunedEncoder, TuneWatch } from "../engine/requests/tuneHead.ts";
import { resumeHeadRun, startHeadRun } from "../engine/requests/tuneHead.ts";
import { reportTuneRun } from "../engine/requests/tuneReport.ts";
import { resumeDetached, startDetached } from "../engine/requests/tuneRuns.ts";
import { locateDataset } from "../engine/store/dotWinnow.ts";
import { stopRun } from "../engine/tune/followTrainer.ts";
import type { FoundRun, RunPlace } from "../engine/tune/runFolder.ts";
import { findRun, listRuns } from "../engine/tune/runFolder.ts";
import { TuneStoppedError } from "../engine/tune/tuneError.ts";
import type { Call, Command, ExitCode, Option, Words } from "./command.ts";
import { choiceOption, exitCodes, folderOperand, hasOption, numberOption, textOption, UsageError } from "./command.ts";
import { ensureAnalysed } from "./analysed.ts";
import { compareIfAsked } from "./compareIfAsked.ts";
import { withAnalysed } from "./opened.ts";
import { numberSettings } from "./numberSettings.ts";
import { runOptions } from "./run.ts";
import { formatClassified } from "./tuneClassify.ts";
import { imageActions, imageOptions } from "./tuneImages.ts";
import { followPython, pythonActions, pythonOptions } from "./tunePython.ts";
import { formatAgainstRandom, formatTuneReport, percent } from "./tuneReport.ts";

/** CLIP's own for pictures of all kinds. */
const usualPrompt = "a photo of a {}";

const ids = (list: readonly { readonly id: string }[]): string => list.map(({ id }) => id).join("|");

const ownOptions = {
  loss: {
    type: "string",
    value: "loss",
    help: `head: what is minimised, one of ${losses.map(({ id }) => id).join(", ")} (${jobDefaults.loss})`,
  },
  head: { type: "string", value: ids(heads), help: `head: what is trained on the frozen vectors (${jobDefaults.head})` },
  on: { type: "string", value: "image|text|both", help: "head: which side of the encoder (both)" },
  "loss-option": { type: "string", multiple: true, value: "name=number", help: "head: a setting of the loss" },
  "head-option": { type: "string", multiple: true, value: "name=number", help: "head: a setting of the head" },
  epochs: { type: "string", value: "n", help: `head: how often all images are seen (${jobDefaults.epochs})` },
  batch: { type: "string", value: "n", help: `head: images in a batch (${jobDefaults.batch})` },
  rate: { type: "string", value: "rate", help: `head: AdamW's learning rate (${jobDefaults.rate})` },
  decay: { type: "string", value: "decay", help: `head: decoupled weight decay (${jobDefaults.decay})` },
  temperature: { type: "string", value: "τ", help: "head: what cosines are divided by at the beginning (the encoder's)" },
  "fixed-temperature": { type: "boolean", help: "head: don't learn the temperature" },
  seed: { type: "string", value: "n", help: `head: of all that is left to chance (${jobDefaults.seed})` },
  patience: {
    type: "string",
    value: "epochs",
    help: `head, full: end after so many without better recall; 0 for never (${jobDefaults.patience})`,
  },
  guard: {
    type: "string",
    value: "share",
    help: `head, full: end where recall, or that on pictures that come with Winnow, falls below this share of what it was; 0 for never (${jobDefaults.guard})`,
  },
  "against-random": {
    type: "string",
    value: "seeds",
    help: "head, report: was it the curation? The same training on as many random pairs, for so many seeds",
  },
  by: { type: "string", value: labelSources.join("|"), help: "classify: what tells a picture's class (folder)" },
  "class-prompt": { type: "string", value: "text", help: `classify: the text of a class, {} being its name ("${usualPrompt}")` },
  confusable: { type: "boolean", help: "head: put confusable groups into one batch" },
  "held-out": { type: "string", value: "10%", help: `head: what is held out where there is no validation split (${jobDefaults.heldOut})` },
  detach: { type: "boolean", help: "head, resume: in a process of its own, which goes on when this one ends" },
} as const satisfies Record<string, Option>;

const actions = { head: tuneHead, ...pythonActions, ...imageActions, resume, stop, list, report, classify } as const;

/** `winnow tune`: trains a head on the encoder's vectors of a dataset, and minds its runs. */
export const tuneCommand: Command = {
  name: "tune",
  operands: "head|full|open_clip|resume|stop|list|report|classify|samples|kohya|… <folder> [run]",
  summary:
    "train a head on the encoder's vectors of the kept pairs (the tuned encoder is used like any other), train the whole encoder in Python (full, open_clip), or write what a trainer for text-to-image wants (kohya, ai-toolkit, simpletuner, diffusers)",
  options: { ...runOptions, ...ownOptions, ...pythonOptions, ...imageOptions },
  run: async (call) => {
    const [action = "", ...positionals] = call.words.positionals;
    if (!(action in actions)) throw new UsageError(`Expected ${Object.keys(actions).join(", ")} but received "${action}"`);
    try {
      return await actions[action as keyof typeof actions]({ ...call, words: { ...call.words, positionals } });
    } catch (error) {
      if (!(error instanceof TuneStoppedError)) throw error;
      call.tell(error.message);
      return exitCodes.doneWithProblems;
    }
  },
};

async function tuneHead(call: Call): Promise<ExitCode> {
  const said = saidInWords(call.words);
  if (hasOption(call.words, "detach")) return tellDetached(call, await startDetached(call.env, await ensureAnalysed(call), said));
  return await withAnalysed(call, async (dataset) => await follow(call, (watch) => startHeadRun(call.env, dataset, said, watch)));
}

async function resume(call: Call): Promise<ExitCode> {
  const run = await findNamed(call);
  if (isComparisonJob(run.job)) {
    await resumeDetached(call.env, run);
    return tellDetached(call, run);
  }
  if (!isHeadJob(run.job)) {
    await resumeDetached(call.env, run);
    return await followPython(call, run);
  }
  if (hasOption(call.words, "detach")) {
    await resumeDetached(call.env, run);
    return tellDetached(call, run);
  }
  return await withAnalysed(call, async (dataset) => await follow(call, (watch) => resumeHeadRun(call.env, dataset, run, watch)));
}

function tellDetached(call: Call, { id, folder }: RunPlace): ExitCode {
  const told = `The run ${id} goes on by itself: "winnow tune list" tells how far it is, and its log is in ${folder}`;
  call.print(call.json ? JSON.stringify({ id, folder }) : told);
  return exitCodes.done;
}

async function follow(call: Call, work: (watch: TuneWatch) => Promise<TunedEncoder>): Promise<ExitCode> {
  const watch: TuneWatch = {
    signal: call.signal,
    onStart: ({ id, withoutVectors }) => {
      call.tell(`The run is ${id}`);
      if (withoutVectors > 0) call.tell(`Samples without vectors, which take no part: ${withoutVectors}`);
    },
    onProgress: (done, total) => call.onProgress({ stage: "tune", done, cached: 0, total }),
    onNotice: call.tell,
  };
  const tuned = await work(watch);
  const againstRandom = (await compareIfAsked(call, tuned.id))?.againstRandom;
  const lines = againstRandom === undefined ? [] : ["Was it the curation?", ...formatAgainstRandom(againstRandom)];
  call.print(call.json ? JSON.stringify({ ...tuned, ...(againstRandom && { againstRandom }) }) : [formatTuned(tuned), ...lines].join("\n"));
  return exitCodes.done;
}

function formatTuned({ before, after, bestEpoch, epochs, end, encoder }: TunedEncoder): string {
  return [
    `R@1 on what is held out: image to text ${percent(before.imageToText)} before, ${percent(after.imageToText)} after; text to image ${percent(before.textToImage)} before, ${percent(after.textToImage)} after`,
    bestEpoch === 0
      ? "No epoch was better than the encoder as it was, which is what is kept"
      : `The best of ${epochs} epochs is ${bestEpoch}`,
    ...(endings[end] === undefined ? [] : [endings[end]]),
    `The tuned encoder is in ${encoder}: use it with --encoder`,
  ].join("\n");
}

async function stop(call: Call): Promise<ExitCode> {
  const run = await findNamed(call);
  if (run.state !== "running") throw new UsageError(`The run ${run.id} is not running`);
  await stopRun(run);
  call.print(call.json ? JSON.stringify({ id: run.id }) : `${run.id} stops before its next step; "winnow tune resume" goes on with it`);
  return exitCodes.done;
}

async function report(call: Call): Promise<ExitCode> {
  const provider = choiceOption(call.words, "provider", providerChoices) ?? "auto";
  const asked = { root: folderOperand(call.words), run: call.words.positionals[1] ?? null };
  const run = (await compareIfAsked(call, asked.run))?.of ?? asked.run;
  const told = await reportTuneRun(call.env, { ...asked, run, provider }, watchOf(call));
  call.print(call.json ? JSON.stringify(told) : formatTuneReport(told));
  return exitCodes.done;
}

async function classify(call: Call): Promise<ExitCode> {
  const { words } = call;
  const asked = {
    by: choiceOption(words, "by", labelSources) ?? "folder",
    prompt: textOption(words, "class-prompt") ?? usualPrompt,
    seed: numberOption(words, "seed") ?? jobDefaults.seed,
    provider: choiceOption(words, "provider", providerChoices) ?? "auto",
  } as const;
  if (!asked.prompt.includes("{}"))
    throw new UsageError(`Expected {} in --class-prompt, for the class's name, but received "${asked.prompt}"`);
  return await withAnalysed(call, async (dataset) => {
    const told = await classifyPictures(call.env, dataset, asked, watchOf(call));
    call.print(call.json ? JSON.stringify(told) : formatClassified(told));
    return exitCodes.done;
  });
}

function watchOf({ signal, onProgress }: Call) {
  return {
    signal,
    onProgress: ({ done, total }: { done: number; total: number }) => onProgress({ stage: "tune", done, cached: 0, total }),
  };
}

async function list(call: Call): Promise<ExitCode> {
  const { folder } = await locateDataset(call.env, folderOperand(call.words));
  const runs = await listRuns(folder);
  if (call.json) call.print(JSON.stringify(runs));
  else for (const run of runs) call.print(formatRun(run));
  if (runs.length === 0 && !call.json) call.print("There is no run of this dataset yet");
  return exitCodes.done;
}

function formatRun({ id, state, message, job }: FoundRun): string {
  const about = isHeadJob(job) ? `${titleOfJob(job)} on ${job.on.join(" and ")}, ${job.encoder.name}` : titleOfJob(job);
  return `${id}  ${state}  ${about}${message === undefined ? "" : `: ${message}`}`;
}

async function findNamed(call: Call): Promise<FoundRun> {
  const { folder } = await locateDataset(call.env, folderOperand(call.words));
  return await findRun(folder, call.words.positionals[1]);
}

function saidInWords(words: Words): SaidJob {
  const loss = choiceOption(
    words,
    "loss",
    losses.map(({ id }) => id),
  );
  const head = choiceOption(
    words,
    "head",
    heads.map(({ id }) => id),
  );
  const on = choiceOption(words, "on", ["both", ...towers]);
  const provider = choiceOption(words, "provider", providerChoices);
  const numbers = (["epochs", "batch", "rate", "decay", "temperature", "seed", "patience", "guard"] as const).map(
    (name) => [name, numberOption(words, name)] as const,
  );
  const heldOut = textOption(words, "held-out");
  return {
    ...(loss && { loss }),
    ...(head && { head }),
    ...(on && on !== "both" && { on: [on] }),
    ...(provider && { provider }),
    ...Object.fromEntries(numbers.filter(([, value]) => value !== undefined)),
    ...(heldOut !== undefined && { heldOut }),
    lossOptions: numberSettings(words, "loss-option", losses.find(({ id }) => id === (loss ?? jobDefaults.loss))!.options),
    headOptions: numberSettings(words, "head-option", heads.find(({ id }) => id === (head ?? jobDefaults.head))!.options),
    learnsTemperature: !hasOption(words, "fixed-temperature"),
    confusable: hasOption(words, "confusable"),
  };
}
