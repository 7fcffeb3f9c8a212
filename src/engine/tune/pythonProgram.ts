import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { TuneError } from "./tuneError.ts";

/** The Python programs that we ship; the bundle has them beside its own code. */
const programs = { full: "train_full.py", preflight: "preflight.py", export: "export_encoder.py" } as const;

/** What is kept of what Python says before it fails: its last lines tell why. */
const keptCharacters = 8_192;

/** Where a program of ours lies. */
export function pythonProgram(name: keyof typeof programs): string {
  const file = programs[name];
  return fileURLToPath(new URL(import.meta.url.endsWith(".ts") ? `../../trainers/${file}` : `./${file}`, import.meta.url));
}

/** A program of ours with its words, and the Python that runs it: a name on the PATH or a path. */
export interface PythonCall {
  readonly interpreter: string;
  readonly program: keyof typeof programs;
  readonly args: readonly string[];
}

/** Runs a program to its end and gives the JSON of its last line. Rejects with a TuneError in one sentence, and with the signal's reason when stopped. */
export async function callPython({ interpreter, program, args }: PythonCall, signal: AbortSignal): Promise<unknown> {
  signal.throwIfAborted();
  const child = spawn(interpreter, [pythonProgram(program), ...args], {
    signal,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, PYTHONUTF8: "1", TOKENIZERS_PARALLELISM: "false" },
  });
  const said = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const)
    child[name].on("data", (chunk: Buffer) => (said[name] = `${said[name]}${chunk.toString()}`.slice(-keptCharacters)));
  const code = await new Promise<number | null>((settle, reject) => {
    child.on("error", (error) => reject(signal.aborted ? (signal.reason as Error) : cannotStart(interpreter, error)));
    child.on("close", settle);
  });
  signal.throwIfAborted();
  if (code !== 0) throw new TuneError(lastLine(said.stderr) || `${interpreter} ended with ${String(code)} and said nothing`);
  try {
    return JSON.parse(lastLine(said.stdout)) as unknown;
  } catch {
    throw new TuneError(`${interpreter} answered "${lastLine(said.stdout)}", which is no answer: is it a Python 3?`);
  }
}

function cannotStart(interpreter: string, error: Error): TuneError {
  const isMissing = (error as NodeJS.ErrnoException).code === "ENOENT";
  const why = isMissing ? "is not there" : `can't be started (${error.message})`;
  return new TuneError(`The Python ${interpreter} ${why}: name the one that has the packages of the trainer`, { cause: error });
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1) ?? "";
}
