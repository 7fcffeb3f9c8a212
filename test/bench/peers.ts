import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { availableParallelism, cpus, loadavg } from "node:os";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const python = fileURLToPath(new URL("../../.venv/bin/python", import.meta.url));

/**
 * Runs a peer of test/bench/peers and parses the JSON that it prints; undefined, with a line on stderr, where the virtual environment is
 * missing.
 */
export async function runPeer(script: string, args: readonly (string | number)[]): Promise<Record<string, number> | undefined> {
  if (!existsSync(python)) {
    console.error(`Left out ${script}: its Python is missing at .venv/bin/python`);
    return undefined;
  }
  const file = fileURLToPath(new URL(`peers/${script}`, import.meta.url));
  const { stdout } = await promisify(execFile)(python, [file, ...args.map(String)]);
  return JSON.parse(stdout) as Record<string, number>;
}

/**
 * Installs a Python package into a folder, without what it needs; gives the folder, or undefined, with a line on stderr, where that fails.
 * For a peer whose pins do not go beside those of the tests.
 */
export async function installPeer(packageAndVersion: string, folder: string): Promise<string | undefined> {
  if (existsSync(folder)) return folder;
  try {
    await promisify(execFile)(python, ["-m", "pip", "install", "--quiet", "--no-deps", "--target", folder, packageAndVersion]);
    return folder;
  } catch (error) {
    console.error(`Left out ${packageAndVersion}: it could not be installed (${error instanceof Error ? error.message : String(error)})`);
    return undefined;
  }
}

/** Runs a peer of test/bench/peers that is a Node program, and parses the JSON that it prints. */
export async function runNodePeer(script: string, args: readonly (string | number)[]): Promise<Record<string, number>> {
  const file = fileURLToPath(new URL(`peers/${script}`, import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [file, ...args.map(String)]);
  return JSON.parse(stdout) as Record<string, number>;
}

/** What the figures were measured on, and how busy it was: other work on the machine shows in the load. */
export function describeMachine(): Record<string, string | number> {
  return {
    cpu: cpus()[0]?.model ?? "unknown",
    threads: availableParallelism(),
    node: process.version,
    load: Number(loadavg()[0]?.toFixed(2)),
  };
}

/** The most memory that this process has held so far, in MB. */
export function peakMb(): number {
  return Math.round(process.resourceUsage().maxRSS / 1024);
}

/** The middle of some figures; the lower of the two middle ones of an even number. */
export function median(figures: readonly number[]): number | undefined {
  return figures.toSorted((a, b) => a - b)[Math.floor((figures.length - 1) / 2)];
}

/** Prints one line of JSON with its numbers rounded. */
export function report(line: Record<string, unknown>): void {
  console.log(JSON.stringify(line, (_, value: unknown) => (typeof value === "number" ? Number(value.toPrecision(6)) : value)));
}
