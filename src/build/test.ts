import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Suites by what they need: Node alone, and a real VS Code with a browser. */
const suites = { node: "test/vitest.config.mts", editor: "test/vscode/vitest.config.mts" } as const;

interface Totals {
  passed: number;
  failed: number;
  skipped: number;
}

/** What is checked beside the suites; each counts as one test. */
const checks: Readonly<Record<string, readonly string[]>> = {
  types: ["tsc", "-b"],
  lint: ["eslint", "-c", ".eslint.config.mjs", "--max-warnings=0", "src", "webview", "test"],
  format: ["prettier", "--check", "--log-level=warn", "."],
  bundle: ["node", "src/build/bundle.ts"],
};

function run([program, ...args]: readonly string[]): boolean {
  return spawnSync(program!, args, { cwd: root, stdio: "inherit", shell: process.platform === "win32" }).status === 0;
}

function runChecks(totals: Totals): void {
  for (const [name, command] of Object.entries(checks)) {
    const passed = run(command);
    console.log(`${passed ? "✓" : "✗"} ${name}`);
    totals[passed ? "passed" : "failed"] += 1;
  }
}

function runSuites(totals: Totals): void {
  mkdirSync(`${root}/out`, { recursive: true });
  for (const [name, config] of Object.entries(suites)) {
    const results = `${root}/out/test-results-${name}.json`;
    rmSync(results, { force: true });
    const passed = run(["vitest", "run", "-c", config, "--reporter=default", "--reporter=json", `--outputFile.json=${results}`]);
    const found = readResults(results);
    totals.passed += found.numPassedTests;
    totals.failed += found.numFailedTests;
    totals.skipped += found.numPendingTests + found.numTodoTests;
    // A suite that fails outside its tests (an import that breaks, say) has no failed test of its own.
    if (!passed && found.numFailedTests === 0) totals.failed += 1;
  }
}

interface VitestResults {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
}

function readResults(results: string): VitestResults {
  try {
    return JSON.parse(readFileSync(results, "utf8")) as VitestResults;
  } catch {
    return { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0 };
  }
}

const totals: Totals = { passed: 0, failed: 0, skipped: 0 };
runChecks(totals);
runSuites(totals);
const skipped = totals.skipped > 0 ? `, ${totals.skipped} skipped` : "";
console.log(`${totals.passed} passed, ${totals.failed} failed${skipped}`);
process.exitCode = totals.failed > 0 || totals.passed === 0 ? 1 : 0;
