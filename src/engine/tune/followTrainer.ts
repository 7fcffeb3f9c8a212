import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { delimiter, dirname, isAbsolute, join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { explainFailure, killedFromOutside, reasonIn } from "../../core/tune/failure.ts";
import type { TuneJob } from "../../core/tune/tuneJob.ts";
import { writeAtomically } from "../store/files.ts";
import { isInside } from "../store/paths.ts";
import type { TellState } from "./asRun.ts";
import { isRunning, markProcess } from "./processStart.ts";
import { askToStop, isStopAsked, readLogEnd, readRunState, writeRunState, type FoundRun } from "./runFolder.ts";
import { TuneError, TuneStoppedError } from "./tuneError.ts";

/** The same of one that sees no stop file. */
export const graceWithoutStopFileMs = { stopFile: 0, signal: 10_000 } as const;

/** How long a trainer gets to end by itself once it is asked to: some see the run's stop file and keep their work, others need a signal. */
const graceMs = { stopFile: 15_000, signal: 10_000 } as const;

const pollMs = 200;

/** What a trainer is followed with; its output goes where this process' own goes. `grace` is for those who can't wait so long. */
export interface TrainerWatch {
  readonly folder: string;
  readonly signal: AbortSignal;
  readonly tell: TellState;
  readonly grace?: { readonly stopFile: number; readonly signal: number };
}

/**
 * Writes the files of a job, starts its program in a process group of its own and follows it to its end. Throws a TuneError that says why it failed, a TuneStoppedError where a person
 * stopped it.
 */
export async function followTrainer(job: TuneJob, { folder, signal, tell, grace = graceMs }: TrainerWatch): Promise<void> {
  await writeJobFiles(job);
  const child = await spawnTrainer(job);
  const ended = once(child, "exit");
  await tell({ trainer: await markProcess(child.pid!) });
  const isAsked = (): boolean => signal.aborted || isStopAsked(folder);
  while (!isOver(child) && !isAsked()) await Promise.race([ended, delay(pollMs)]);
  if (isAsked()) {
    await endTrainer(child, ended, grace);
    throw new TuneStoppedError("The run was stopped: resume it to go on from its last checkpoint");
  }
  if (child.exitCode !== 0) throw new TuneError(await whyFailed(job, folder, child));
}

/** Asks a run to stop. A trainer that was left alone, for the process that followed it is gone, is ended; one that waits for a cluster is over at once, and its script ends when it begins. */
export async function stopRun(run: FoundRun): Promise<void> {
  await askToStop(run);
  const state = await readRunState(run.folder);
  if (state?.host === null) await writeRunState(run.folder, { ...state, state: "stopped" });
  if (state?.host !== undefined) return;
  if (state?.trainer === undefined || (await isRunning(state)) || !(await isRunning(state.trainer))) return;
  signalGroup(state.trainer.pid, "SIGTERM");
}

/** Writes the files that a job's program reads into its folder. Throws a TuneError for one that would lie elsewhere. */
export async function writeJobFiles({ folder, files }: TuneJob): Promise<void> {
  for (const { path, text } of files) {
    const target = resolve(folder, path);
    if (!isInside(folder, target)) throw new TuneError(`The job wants to write ${path}, which is not below its folder ${folder}`);
    await writeAtomically(join(folder, path), text);
  }
}

async function spawnTrainer({ command, args, cwd, env, trainer }: TuneJob): Promise<ChildProcess> {
  const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => name !== "ELECTRON_RUN_AS_NODE"));
  const child = spawn(command, [...args], {
    cwd,
    detached: true,
    windowsHide: true,
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...withProgramsBeside(command, inherited), ...env },
  });
  try {
    await once(child, "spawn");
    return child;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why = code === "ENOENT" ? `there is no program ${command}, or no folder ${cwd}` : message;
    throw new TuneError(`${trainer} can't be started: ${why}`, { cause: error });
  }
}

/** An interpreter's programs, such as accelerate, lie beside it and are found by those that it runs, as in an environment that was activated. */
function withProgramsBeside(command: string, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  if (!isAbsolute(command)) return env;
  const name = Object.keys(env).find((variable) => variable.toUpperCase() === "PATH") ?? "PATH"; // Windows writes it as it likes
  return { ...env, [name]: [dirname(command), ...(env[name] === undefined ? [] : [env[name]])].join(delimiter) };
}

async function endTrainer(child: ChildProcess, ended: Promise<unknown>, grace: { stopFile: number; signal: number }): Promise<void> {
  await Promise.race([ended, delay(grace.stopFile)]);
  if (!isOver(child)) signalGroup(child.pid!, "SIGTERM");
  await Promise.race([ended, delay(isOver(child) ? 0 : grace.signal)]);
  if (!isOver(child)) signalGroup(child.pid!, "SIGKILL");
  await ended;
}

function isOver({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

/** All processes that a trainer has started with it; Windows has no groups. */
function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(process.platform === "win32" ? pid : -pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error; // it has ended meanwhile
  }
}

async function whyFailed({ trainer }: TuneJob, folder: string, { exitCode, signalCode }: ChildProcess): Promise<string> {
  const end = await readLogEnd(folder);
  const explained = explainFailure(end);
  if (explained !== undefined) return explained;
  if (signalCode === "SIGKILL") return killedFromOutside(trainer);
  const last = reasonIn(end);
  const how = signalCode === null ? `exit code ${String(exitCode)}` : `signal ${signalCode}`;
  return `${trainer} ended with ${how}${last === "" ? "" : `: ${last}`}`;
}
