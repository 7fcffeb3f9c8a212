import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import type { MaterialOptions, OnParityProgress } from "./material.ts";
import { ParityError } from "./parityError.ts";

/** The Python that makes the reference: an interpreter (a name on the PATH or a path), and the model as its libraries load it (see `reference.py`). */
export interface PythonChoice {
  readonly interpreter: string;
  readonly model: string;
  readonly pretrained?: string;
}

/** The program that we ship; the bundle has it as a file beside its own. */
const program = fileURLToPath(new URL(import.meta.url.endsWith(".ts") ? "../../trainers/reference.py" : "./reference.py", import.meta.url));

const progressShape = z.object({ done: z.number(), total: z.number() });
/** What is kept of what Python says before it fails: its last lines tell why. */
const keptCharacters = 8_192;

/** Lets Python write its vectors into the folder of the material. Rejects with a ParityError that says what is missing, and with the signal's reason when stopped. */
export async function makePythonReference(
  folder: string,
  { interpreter, model, pretrained }: PythonChoice,
  { signal, onProgress }: MaterialOptions & { readonly onProgress: OnParityProgress },
): Promise<void> {
  signal.throwIfAborted();
  const tag = pretrained === undefined ? [] : ["--pretrained", pretrained];
  const child = spawn(interpreter, [program, folder, "--model", model, ...tag], {
    signal,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, PYTHONUTF8: "1", TOKENIZERS_PARALLELISM: "false" },
  });
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => (said = `${said}${chunk.toString()}`.slice(-keptCharacters)));
  createInterface({ input: child.stdout }).on("line", (line) => {
    const progress = progressShape.safeParse(parseLine(line));
    if (progress.success) onProgress(progress.data);
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on("error", (error) => reject(signal.aborted ? (signal.reason as Error) : cannotStart(interpreter, error)));
    child.on("close", resolve);
  });
  signal.throwIfAborted();
  if (code !== 0) throw cannotMake(said, { interpreter, model });
}

function cannotStart(interpreter: string, error: Error): ParityError {
  const isMissing = (error as NodeJS.ErrnoException).code === "ENOENT";
  const why = isMissing ? "is not there" : `can't be started (${error.message})`;
  return new ParityError(
    `The Python ${interpreter} ${why}: name an interpreter that has torch and open_clip or transformers with --python`,
    {
      cause: error,
    },
  );
}

function cannotMake(said: string, { interpreter, model }: PythonChoice): ParityError {
  const lines = said.trim().split("\n");
  const [, missing] = /ModuleNotFoundError: No module named '([\w.]+)'/.exec(said) ?? [];
  if (missing !== undefined)
    return new ParityError(
      `The Python ${interpreter} has no package ${missing}: install it there, or name another interpreter with --python`,
    );
  const last = lines.at(-1) ?? "";
  return new ParityError(
    `Python could not make reference vectors with the model ${model} (${last === "" ? "it said nothing" : last}): name with --model what open_clip or transformers can load here`,
  );
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    return undefined;
  }
}
