import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Of each failed test's message, as many lines are told again at the end. */
const messageLines = 12;

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

function runChecks(totals: Totals, failures: string[]): void {
  for (const [name, command] of Object.entries(checks)) {
    const passed = run(command);
    console.log(`${passed ? "✓" : "✗"} ${name}`);
    totals[passed ? "passed" : "failed"] += 1;
    if (!passed) failures.push(`✗ ${name}`);
  }
}

function runSuites(totals: Totals, failures: string[]): void {
  mkdirSync(`${root}/out`, { recursive: true });
  for (const [name, config] of Object.entries(suites)) {
    const results = `${root}/out/test-results-${name}.json`;
    rmSync(results, { force: true });
    const passed = run(["vitest", "run", "-c", config, "--reporter=default", "--reporter=json", `--outputFile.json=${results}`]);
    const found = readResults(results);
    totals.passed += found.numPassedTests;
    totals.failed += found.numFailedTests;
    totals.skipped += found.numPendingTests + found.numTodoTests;
    failures.push(...failuresOf(found));
    // A suite that fails outside its tests (an import that breaks, say) has no failed test of its own.
    if (!passed && found.numFailedTests === 0) {
      totals.failed += 1;
      failures.push(`✗ ${name}: failed outside its tests`);
    }
  }
}

/** What failed, be it once and not again, with what it said: a report of an hour is often kept by its end alone. */
function failuresOf(results: VitestResults): readonly string[] {
  return results.testResults.flatMap((file) => [
    ...(file.status === "failed" && file.message !== "" ? [`✗ ${relative(root, file.name)}: ${file.message}`] : []),
    ...file.assertionResults
      .filter((test) => test.failureMessages.length > 0)
      .map((test) => {
        const mark = test.status === "failed" ? "✗" : "✓ at the second try:";
        return `${mark} ${relative(root, file.name)} > ${test.fullName}\n${test.failureMessages.map(shorten).join("\n")}`;
      }),
  ]);
}

function shorten(message: string): string {
  return message.split("\n").slice(0, messageLines).join("\n");
}

interface VitestResults {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
}

function readResults(results: string): VitestResults {
  try {
    return JSON.parse(readFileSync(results, "utf8")) as VitestResults;
  } catch {
    return { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0, testResults: [] };
  }
}

const totals: Totals = { passed: 0, failed: 0, skipped: 0 };
const failures: string[] = [];
runChecks(totals, failures);
runSuites(totals, failures);
for (const failure of failures) console.log(failure);
const skipped = totals.skipped > 0 ? `, ${totals.skipped} skipped` : "";
console.log(`${totals.passed} passed, ${totals.failed} failed${skipped}`);
process.exitCode = totals.failed > 0 || totals.passed === 0 ? 1 : 0;
