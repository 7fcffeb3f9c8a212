import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { explainFailure } from "../../core/tune/failure.ts";
import type { Env } from "../env.ts";
import { markProcess, type ProcessMark } from "./processStart.ts";
import { clearStop, formatLogStart, readLogEnd, readRunState, runFiles, writeRunState } from "./runFolder.ts";
import { TuneError } from "./tuneError.ts";

/** The program of a run's own process. */
const program = fileURLToPath(new URL(import.meta.url.endsWith(".ts") ? "../tuneMain.ts" : "./tuneMain.js", import.meta.url));

const pollMs = 50;

/**
 * The words that start the run in a folder: the runtime that runs this, and the engine's program for runs.
 */
export function commandOfRun(folder: string): { readonly command: string; readonly args: readonly string[] } {
  return { command: process.execPath, args: [program, folder] };
}

/**
 * Starts the run whose job lies in a folder, or goes on with it, as a process that outlives this one; its words go to the folder's log. Resolves once it has taken the run over.
 * Throws a TuneError where it can't be started, or ends before that.
 */
export async function startRun(env: Env, folder: string): Promise<ProcessMark> {
  const known = await readRunState(folder);
  const startedAt = new Date(env.now()).toISOString();
  const kept = known?.vectors === undefined ? {} : { vectors: known.vectors };
  const starting = { ...(await markProcess(process.pid)), startedAt, ...kept };
  await clearStop(folder);
  await writeRunState(folder, { ...starting, state: "starting" });
  try {
    return await takenOver(folder, await spawnDetached(env, folder));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    await writeRunState(folder, { ...starting, state: "failed", message });
    throw new TuneError(message, { cause: error });
  }
}

async function spawnDetached(env: Env, folder: string): Promise<ChildProcess> {
  const { command, args } = commandOfRun(folder);
  const log = await open(join(folder, runFiles.log), "a");
  try {
    await log.appendFile(formatLogStart(new Date(env.now())));
    const child = spawn(command, [...args], {
      cwd: folder,
      detached: true,
      windowsHide: true,
      stdio: ["ignore", log.fd, log.fd],
      env: {
        ...process.env,
        WINNOW_CACHE: env.cacheFolder,
        WINNOW_DATA: env.dataFolder,
        ...(process.versions["electron"] === undefined ? {} : { ELECTRON_RUN_AS_NODE: "1" }),
      },
    });
    await once(child, "spawn"); // rejects where there is no such program
    child.unref();
    return child;
  } finally {
    await log.close();
  }
}

/** Waits until the run's state is its own process' word. */
async function takenOver(folder: string, child: ChildProcess): Promise<ProcessMark> {
  for (;;) {
    const isOver = child.exitCode !== null || child.signalCode !== null;
    const state = await readRunState(folder);
    if (state?.pid === child.pid && state !== undefined) return { pid: state.pid, started: state.started };
    if (isOver) throw new TuneError(await whyOver(folder, child));
    await delay(pollMs);
  }
}

async function whyOver(folder: string, { exitCode, signalCode }: ChildProcess): Promise<string> {
  const end = await readLogEnd(folder);
  const last = end.trim().split("\n").at(-1) ?? "";
  const how = signalCode === null ? `exit code ${String(exitCode)}` : `signal ${signalCode}`;
  return explainFailure(end) ?? `The run's process ended at once with ${how}${last === "" ? "" : `: ${last}`}`;
}
