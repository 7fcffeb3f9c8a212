#!/usr/bin/env node
import { once } from "node:events";
import { parseArgs } from "node:util";
import { createEnv } from "../engine/environment.ts";
import type { Call, Command, ExitCode } from "./command.ts";
import { exitCodes, UsageError } from "./command.ts";
import { commands } from "./commands.ts";
import { formatCommandHelp, formatHelp } from "./help.ts";
import { createProgressBar } from "./progressBar.ts";

/** Options that every command takes. */
const sharedOptions = {
  json: { type: "boolean", help: "print one JSON document and nothing else" },
  help: { type: "boolean", short: "h", help: "tell how the command is used" },
  verbose: { type: "boolean", help: "log what is done on stderr" },
  quiet: { type: "boolean", help: "draw no progress" },
  cache: { type: "string", value: "folder", help: "the cache folder, in the place of the usual one" },
} as const;

/** Runs one call of the CLI and gives its exit code. `args` are the words after the program's name. */
async function runCall(args: readonly string[], signal: AbortSignal): Promise<ExitCode> {
  const [name, ...rest] = args;
  const command = commands.find((known) => known.name === name);
  if (command === undefined) return answerWithoutCommand(name);
  const { positionals, values } = parseWords(command, rest);
  if (values["help"] === true) {
    process.stdout.write(formatCommandHelp(command, sharedOptions));
    return exitCodes.done;
  }
  return await runCommand(command, { positionals, options: values }, signal);
}

function answerWithoutCommand(name: string | undefined): ExitCode {
  if (name === undefined || name === "help" || name === "--help" || name === "-h") {
    process.stdout.write(formatHelp(commands));
    return exitCodes.done;
  }
  throw new UsageError(`There is no command "${name}"; "winnow help" lists them`);
}

function parseWords(command: Command, args: readonly string[]): { positionals: string[]; values: Call["words"]["options"] } {
  try {
    return parseArgs({ args: [...args], options: { ...sharedOptions, ...command.options }, allowPositionals: true, strict: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

async function runCommand(command: Command, words: Call["words"], signal: AbortSignal): Promise<ExitCode> {
  const cache = words.options["cache"];
  const env = createEnv({
    ...(words.options["verbose"] === true ? { log: logOnStderr } : {}),
    ...(typeof cache === "string" ? { cacheFolder: cache } : {}),
  });
  const screen = {
    isTerminal: process.stderr.isTTY,
    columns: process.stderr.columns ?? 100,
    write: (text: string) => void process.stderr.write(text),
  };
  const bar = createProgressBar(screen, env.now);
  try {
    return await command.run({
      env,
      words,
      json: words.options["json"] === true,
      signal,
      onProgress: words.options["quiet"] === true ? () => undefined : bar.show,
      print: (text) => void process.stdout.write(`${text}\n`),
      printPiece: writeWhenThereIsRoom,
      tell: (text) => {
        bar.finish();
        process.stderr.write(`${text}\n`);
      },
    });
  } finally {
    bar.finish();
  }
}

function logOnStderr(tag: string, text: string): void {
  process.stderr.write(`[${tag}] ${text}\n`);
}

/** Resolves when the reader of stdout has taken in enough for more to be written. */
async function writeWhenThereIsRoom(text: string): Promise<void> {
  if (!process.stdout.write(`${text}\n`)) await once(process.stdout, "drain");
}

// A reader that has seen enough (`winnow rows … | head`) closes the pipe: that is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(exitCodes.done);
});

const cancellation = new AbortController();
for (const name of ["SIGINT", "SIGTERM"] as const) {
  process.once(name, () => cancellation.abort(new Error(`Stopped by ${name}; the next run goes on from here`)));
}

try {
  process.exitCode = await runCall(process.argv.slice(2), cancellation.signal);
} catch (error) {
  process.stderr.write(`winnow: ${error instanceof Error ? error.message : String(error)}\n`);
  if (process.argv.includes("--verbose") && error instanceof Error) process.stderr.write(`${error.stack ?? ""}\n`);
  process.exitCode = error instanceof UsageError ? exitCodes.wrongUsage : exitCodes.failed;
}
