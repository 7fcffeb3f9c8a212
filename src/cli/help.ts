import type { Command, Option } from "./command.ts";

/** The list of commands, as `winnow help` prints it. */
export function formatHelp(commands: readonly Command[]): string {
  const width = Math.max(...commands.map((command) => signature(command).length));
  const lines = commands.map((command) => `  ${signature(command).padEnd(width)}  ${command.summary}`);
  return [
    "Winnow curates image–caption datasets: scores, duplicates, confusable groups, pruning with undo.",
    "",
    "Usage: winnow <command> [options]",
    "",
    ...lines,
    "",
    '"winnow <command> --help" tells the options. Exit codes: 0 done, 1 failed, 2 wrong usage, 3 done with problems.',
    "",
  ].join("\n");
}

/** How one command is used, with its options and those that all take. */
export function formatCommandHelp(command: Command, shared: Readonly<Record<string, Option>>): string {
  const options = Object.entries({ ...command.options, ...shared });
  const width = Math.max(...options.map(([name, option]) => flag(name, option).length));
  const lines = options.map(([name, option]) => `  ${flag(name, option).padEnd(width)}  ${option.help}`);
  return [`Usage: winnow ${signature(command)} [options]`, "", command.summary, "", ...lines, ""].join("\n");
}

function signature(command: Command): string {
  return `${command.name} ${command.operands}`.trim();
}

function flag(name: string, option: Option): string {
  return option.value === undefined ? `--${name}` : `--${name} <${option.value}>`;
}
