import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const interpreter = fileURLToPath(new URL("../.venv/bin/python", import.meta.url));

/**
 * The Python of the checkout's virtual environment; undefined where it is not set up, and the tests that need it are skipped with a word.
 * Throws in CI (`WINNOW_REQUIRE_PYTHON=1`), where a missing tool is a failure.
 */
export function findPython(): string | undefined {
  if (existsSync(interpreter)) return interpreter;
  if (process.env["WINNOW_REQUIRE_PYTHON"] === "1") throw new Error("The tests need .venv with src/trainers/requirements.txt installed");
  return undefined;
}

/** Runs a Python script of the tests; throws with what it printed when it fails. */
export function runPython(script: string, args: readonly string[], variables: Readonly<Record<string, string>> = {}): string {
  const env = { ...process.env, ...variables };
  const { status, stdout, stderr } = spawnSync(interpreter, [script, ...args], { encoding: "utf8", maxBuffer: 2 ** 28, env });
  if (status !== 0) throw new Error(`${script} ended with ${status ?? "a signal"}: ${stderr}`);
  return stdout;
}
