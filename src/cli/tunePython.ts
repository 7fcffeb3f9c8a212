import { join } from "node:path";
import { losses } from "../core/losses/losses.ts";
import { fullTrainer } from "../core/tune/jobs/fullJob.ts";
import { openClipTrainer } from "../core/tune/jobs/openClipJob.ts";
import { settingsOf } from "../core/tune/jobs/settings.ts";
import { slurmFile, slurmScript } from "../core/tune/jobs/slurm.ts";
import { jobDefaults } from "../core/tune/job.ts";
import { isImageJob } from "../core/tune/runJob.ts";
import { describeData } from "../engine/requests/pythonData.ts";
import type { PlannedRun, PythonRunRequest } from "../engine/requests/pythonRun.ts";
import { createPythonRun, jobOfPlan, planPythonRun } from "../engine/requests/pythonRun.ts";
import { writeAtomically } from "../engine/store/files.ts";
import { exportedFolder, exportWords } from "../engine/tune/exportTuned.ts";
import { formatFinding } from "../engine/tune/preflight.ts";
import type { RunPlace } from "../engine/tune/runFolder.ts";
import { waitForCluster } from "../engine/tune/runFolder.ts";
import { startRun } from "../engine/tune/startRun.ts";
import { readTrainerRecall, type TrainerRecall } from "../engine/tune/trainerRecall.ts";
import type { Call, ExitCode, Option, Words } from "./command.ts";
import { exitCodes, hasOption, inWords, namedOptions, numberOption, textOption, UsageError } from "./command.ts";
import { followRun } from "./followRun.ts";
import { numberSettings } from "./numberSettings.ts";
import { withAnalysed } from "./opened.ts";
import { percent } from "./tuneReport.ts";

/** Options of `winnow tune full` and `open_clip`, beside those that they share with `head`. */
export const pythonOptions = {
  python: { type: "string", value: "program", help: "the Python that trains (full, open_clip: python3; text-to-image: python)" },
  model: {
    type: "string",
    value: "name",
    help: "full, open_clip: what is tuned, as open_clip loads it, such as ViT-B-32 or local-dir:folder (what the encoder was made of)",
  },
  pretrained: { type: "string", value: "tag", help: "full, open_clip: the tag or the file of its weights" },
  processes: { type: "string", value: "n", help: "full, open_clip: processes on this machine, under torchrun (1)" },
  slurm: {
    type: "string",
    value: "machines×gpus",
    help: "full, open_clip: make the run's folder and the batch script that trains it on a cluster, such as 2x8, and tell it; nothing is started",
  },
  check: {
    type: "boolean",
    help: "full, open_clip, text-to-image: look at trainer, Python, GPU, disk and data, tell the job and write nothing",
  },
} as const satisfies Record<string, Option>;

/** What `winnow tune` does with Python's trainers, by its first word. */
export const pythonActions = {
  full: (call: Call): Promise<ExitCode> => tunePython(call, fullTrainer),
  open_clip: (call: Call): Promise<ExitCode> => tunePython(call, openClipTrainer),
} as const;

/** What can be set by `--option` of each. */
export function describePythonOptions(): string {
  return Object.entries(settingsOf)
    .map(([trainer, settings]) => `${trainer} has ${Object.keys(settings).join(", ")}`)
    .join("; ");
}

async function tunePython(call: Call, trainer: PythonRunRequest["trainer"]): Promise<ExitCode> {
  const request = requestInWords(call.words, trainer);
  const onProgress = (done: number, total: number): void => call.onProgress({ stage: "tune", done, cached: 0, total });
  const place = await inWords(() =>
    withAnalysed(call, async (dataset) => {
      const watch = { signal: call.signal, onProgress };
      const plan = await planPythonRun(call.env, dataset, request, watch);
      tellPlan(call, plan);
      return hasOption(call.words, "check") ? undefined : await createPythonRun(call.env, dataset, plan, watch);
    }),
  );
  if (place === undefined) return exitCodes.done;
  if (request.isElsewhere) {
    const { machines, gpus } = clusterIn(call.words)!;
    const cluster = { name: `winnow-${trainer}`, machines, gpus, cores: 8 * Math.max(1, gpus), time: "24:00:00" };
    const script = slurmScript(place.job, cluster, exportWords(place.job));
    await writeAtomically(join(place.folder, slurmFile), script);
    await waitForCluster(call.env, place.folder);
    call.tell(`The script is ${join(place.folder, slurmFile)}: change what your cluster wants otherwise, and send it with sbatch`);
    call.print(call.json ? JSON.stringify({ id: place.id, folder: place.folder, script }) : script);
    return exitCodes.done;
  }
  await startRun(call.env, place.folder);
  return await followPython(call, place);
}

/** Follows a run of a trainer in Python that goes on by itself; where the call ends, so does the run, unless it was detached. */
export async function followPython(call: Call, { id, folder }: RunPlace): Promise<ExitCode> {
  if (hasOption(call.words, "detach")) {
    const told = `The run ${id} goes on by itself: "winnow tune list" tells how far it is, and its log is in ${folder}`;
    call.print(call.json ? JSON.stringify({ id, folder }) : told);
    return exitCodes.done;
  }
  call.tell(`The run is ${id}, and its log is in ${folder}`);
  const run = await followRun(call, id);
  if (run.state !== "done") {
    call.tell(run.message ?? `The run ${id} ${run.state}: its log in ${folder} says why`);
    return run.state === "stopped" ? exitCodes.doneWithProblems : exitCodes.failed;
  }
  if (isImageJob(run.job)) {
    const { folder: output } = run.job;
    call.print(call.json ? JSON.stringify({ id, folder, output }) : `${id} is done, and what it trained is in ${output}/output`);
    return exitCodes.done;
  }
  const told = {
    id,
    folder,
    encoder: exportedFolder(folder),
    ...(await readTrainerRecall(call.env, { folder, trainer: run.job.trainer })),
  };
  if (run.message !== undefined) call.tell(run.message);
  call.print(call.json ? JSON.stringify(told) : formatTuned(told));
  return exitCodes.done;
}

function formatTuned({ before, after, encoder }: TrainerRecall & { readonly encoder: string }): string {
  const share = (value: number | null): string => (value === null ? "unknown" : percent(value));
  return [
    `R@1 on what is held out, the mean of both directions: ${share(before)} before, ${share(after)} after`,
    `The tuned encoder is in ${encoder}: use it with --encoder`,
  ].join("\n");
}

function tellPlan(call: Call, plan: PlannedRun): void {
  const { findings, checkpoint } = plan;
  const job = jobOfPlan(plan, "…");
  if (hasOption(call.words, "check") && call.json) {
    call.print(JSON.stringify({ findings, checkpoint, job }));
    return;
  }
  const tell = hasOption(call.words, "check") ? call.print : call.tell;
  for (const finding of findings) if (hasOption(call.words, "check") || finding.grade !== "fine") tell(formatFinding(finding));
  for (const line of describeData(plan)) tell(line);
  tell(
    `${job.data.images} images and ${job.data.pairs} pairs, ${job.steps ?? "an unknown number of"} steps: ${[job.command, ...job.args].join(" ")}`,
  );
}

function requestInWords(words: Words, trainer: PythonRunRequest["trainer"]): PythonRunRequest {
  const model = textOption(words, "model");
  const cluster = clusterIn(words);
  const named = Object.fromEntries(["epochs", "batch", "rate", "decay", "seed"].map((name) => [name, numberOption(words, name)]));
  const ofFull = {
    loss: textOption(words, "loss"),
    temperature: numberOption(words, "temperature"),
    patience: numberOption(words, "patience"),
    guard: numberOption(words, "guard"),
    ...(hasOption(words, "fixed-temperature") && { learnsTemperature: false }),
    ...(hasOption(words, "confusable") && { confusable: true }),
  };
  return {
    trainer,
    interpreter: textOption(words, "python") ?? "python3",
    checkpoint: model === undefined ? undefined : { model, pretrained: textOption(words, "pretrained") ?? null },
    processes: cluster === undefined ? (numberOption(words, "processes") ?? 1) : cluster.machines * Math.max(1, cluster.gpus),
    isElsewhere: cluster !== undefined,
    settings: { ...named, ...(trainer === fullTrainer ? ofFull : {}), ...Object.fromEntries(namedOptions(words, "option")) },
    lossOptions: numberSettings(
      words,
      "loss-option",
      losses.find(({ id }) => id === (textOption(words, "loss") ?? jobDefaults.loss))?.options ?? {},
    ),
    heldOut: textOption(words, "held-out") ?? jobDefaults.heldOut,
  };
}

function clusterIn(words: Words): { readonly machines: number; readonly gpus: number } | undefined {
  const text = textOption(words, "slurm");
  if (text === undefined) return undefined;
  const found = /^([1-9]\d*)[x×](\d+)$/.exec(text);
  if (found === null) throw new UsageError(`Expected machines×gpus such as 2x8 for --slurm but received "${text}"`);
  return { machines: Number(found[1]), gpus: Number(found[2]) };
}
