import { join } from "node:path";
import { losses } from "../../core/losses/losses.ts";
import { parseOptions, textOption, type Options } from "../../core/prune/options.ts";
import { parseSettings } from "../../core/tune/headFields.ts";
import { fullTrainer } from "../../core/tune/jobs/fullJob.ts";
import { pythonFields, type PythonTrainer } from "../../core/tune/jobs/pythonFields.ts";
import { settingsOf } from "../../core/tune/jobs/settings.ts";
import type { TunePreview, TuneRequest } from "../../protocol/tuneRuns.ts";
import type { Env } from "../env.ts";
import { locateDataset } from "../store/dotWinnow.ts";
import { formatFinding } from "../tune/preflight.ts";
import { startRun } from "../tune/startRun.ts";
import { TuneError } from "../tune/tuneError.ts";
import { openAnalysed, type AnalysedDataset } from "./analysedDataset.ts";
import { describeData } from "./pythonData.ts";
import { countPairs } from "./tunePairs.ts";
import { createPythonRun, jobOfPlan, planPythonRun, type PlannedRun, type PythonRunRequest, type PythonRunWatch } from "./pythonRun.ts";

/** Whether a trainer's name is one of Python's. */
export function isPythonTrainer(trainer: string): trainer is PythonTrainer {
  return trainer in pythonFields;
}

/** What a run in Python would do, after a look at the Python, the machine and the data. Nothing is written. Throws a TuneError that says what is wrong and how it is mended. */
export async function previewPythonRun(env: Env, request: TuneRequest, watch: PythonRunWatch): Promise<TunePreview> {
  return await withPlan(env, request, watch, async (plan, { root }) => {
    const { folder } = await locateDataset(env, root);
    return { ...jobOfPlan(plan, join(folder, "runs", `…-${request.trainer}`)), notes: notesOf(plan) };
  });
}

/** Starts a run in Python as a process that outlives this one, after the same look. Throws as `previewPythonRun` does. */
export async function startPythonRun(env: Env, request: TuneRequest, watch: PythonRunWatch): Promise<string> {
  const { id, folder } = await withPlan(env, request, watch, (plan, dataset) => createPythonRun(env, dataset, plan, watch));
  await startRun(env, folder);
  return id;
}

async function withPlan<Result>(
  env: Env,
  { root, trainer, options }: TuneRequest,
  watch: PythonRunWatch,
  use: (plan: PlannedRun, dataset: AnalysedDataset) => Promise<Result>,
): Promise<Result> {
  const asked = readRequest(trainer, options);
  const dataset = await openAnalysed(env, root);
  try {
    return await use(await planPythonRun(env, dataset, asked, watch), dataset);
  } catch (error) {
    // What a person may have chosen, told as every other thing that is off.
    throw error instanceof RangeError ? new TuneError(error.message) : error;
  } finally {
    dataset.close();
  }
}

/** What was chosen of a run in Python. Throws a TuneError that names what is off. */
export function readRequest(trainer: string, given: TuneRequest["options"]): PythonRunRequest {
  if (!isPythonTrainer(trainer)) throw new TuneError(`Expected one of ${Object.keys(pythonFields).join(", ")} but received ${trainer}`);
  const options = parseOptions(pythonFields[trainer], given);
  if (typeof options === "string") throw new TuneError(options);
  const { python, processes, heldOut } = options;
  const [model, pretrained] = [textOption(options, "model") ?? "", textOption(options, "pretrained") ?? ""];
  if (model === "" && pretrained !== "") throw new TuneError(`Expected the model that the weights ${pretrained} are of`);
  // A text that was left empty is nothing.
  const settings = Object.entries(options).filter(([name, value]) => name in settingsOf[trainer] && name !== "pretrained" && value !== "");
  return {
    trainer,
    interpreter: String(python),
    checkpoint: model === "" ? undefined : { model, pretrained: pretrained === "" ? null : pretrained },
    processes: Number(processes),
    isElsewhere: false,
    settings: Object.fromEntries(settings),
    lossOptions: trainer === fullTrainer ? readLossOptions(options) : {},
    heldOut: String(heldOut),
  };
}

function readLossOptions(options: Options): Record<string, number> {
  const read = parseSettings(options, "lossSettings", losses.find(({ id }) => id === options["loss"])?.options);
  if (typeof read === "string") throw new TuneError(read);
  return read;
}

/** What a person should know before it begins. */
function notesOf(plan: PlannedRun): readonly string[] {
  const { model, pretrained } = plan.checkpoint;
  const { heldOut } = countPairs(plan.pairs);
  return [
    `What is tuned: ${model}${pretrained === null ? "" : ` with the weights ${pretrained}`}`,
    heldOut.images === 0
      ? "Nothing is held out, so that nothing will tell whether it got better"
      : `Images that are held out: ${heldOut.images}`,
    ...plan.findings.filter(({ grade }) => grade !== "fine").map(formatFinding),
    ...describeData(plan),
  ];
}
