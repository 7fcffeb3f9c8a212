import { execFileSync, spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { arch, availableParallelism, cpus, loadavg, platform, release, totalmem } from "node:os";
import { basename, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { z } from "zod";

// node test/bench/run.ts [--quick] [--save] [name …]: runs the benchmarks one after the other (all, or those named) and prints their lines of JSON;
// with --save it puts them into baseline.json in place of what the same benchmarks gave before. `load` is the machine's before the benchmark
// began, the benchmark before it included: where other work was running, only ratios and CPU times mean something.
const folder = fileURLToPath(new URL(".", import.meta.url));
const ending = ".bench.ts";
const baselineFile = join(folder, "baseline.json");
const baselineShape = z.object({ results: z.array(z.looseObject({ bench: z.string() })) });
type Result = z.infer<typeof baselineShape>["results"][number];

const flags = process.argv.slice(2).filter((word) => word.startsWith("--"));
const asked = process.argv.slice(2).filter((word) => !word.startsWith("--"));
const known = readdirSync(folder)
  .filter((name) => name.endsWith(ending))
  .map((name) => basename(name, ending))
  .sort();
const unknown = asked.filter((name) => !known.includes(name));
if (unknown.length > 0) throw new Error(`Expected names of ${known.join(", ")} but received ${unknown.join(", ")}`);

const failed: string[] = [];
for (const bench of asked.length > 0 ? asked : known) {
  const results = await runBench(bench);
  if (results === undefined) failed.push(bench);
  else if (flags.includes("--save")) save(bench, results);
}
if (failed.length > 0) {
  console.error(`Failed: ${failed.join(", ")}`);
  process.exitCode = 1;
}

/** Undefined where the benchmark failed. */
async function runBench(bench: string): Promise<readonly Result[] | undefined> {
  const date = new Date().toISOString().slice(0, 10);
  const load = Number(loadavg()[0]!.toFixed(2));
  const child = spawn(process.execPath, [join(folder, bench + ending), ...flags], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  const results: Result[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    console.log(line);
    const figures = JSON.parse(line) as Record<string, unknown>;
    delete figures["machine"];
    results.push({ bench, ...figures, date, load });
  }
  return (await ended) === 0 ? results : undefined;
}

function save(bench: string, results: readonly Result[]): void {
  const before = existsSync(baselineFile) ? baselineShape.parse(JSON.parse(readFileSync(baselineFile, "utf8"))).results : [];
  const all = [...before.filter((result) => result.bench !== bench), ...results].sort((a, b) => a.bench.localeCompare(b.bench));
  const baseline = {
    machine: describeMachine(),
    versions: { ...nodeVersions(), ...pythonVersions() },
    date: results[0]?.date,
    results: all,
  };
  writeFileSync(baselineFile, `${JSON.stringify(baseline, null, 2)}\n`);
}

function describeMachine(): Record<string, string | number> {
  return {
    cpu: cpus()[0]?.model ?? "unknown",
    cores: availableParallelism(),
    memoryGb: Math.round(totalmem() / 2 ** 30),
    os: `${platform()} ${release()} ${arch()}`,
  };
}

function nodeVersions(): Record<string, string> {
  const versions: Record<string, string> = { node: process.versions.node };
  for (const name of ["onnxruntime-node", "sharp", "@duckdb/node-api", "usearch", "umap-js"]) {
    const file = new URL(`../../node_modules/${name}/package.json`, import.meta.url);
    if (existsSync(file)) versions[name] = z.object({ version: z.string() }).parse(JSON.parse(readFileSync(file, "utf8"))).version;
  }
  return versions;
}

/** None where the virtual environment is missing. */
function pythonVersions(): Record<string, string> {
  const python = fileURLToPath(new URL("../../.venv/bin/python", import.meta.url));
  if (!existsSync(python)) return {};
  const program = `
import json, platform
from importlib.metadata import distributions
peers = ("numpy", "pillow", "pandas", "faiss-cpu", "torch")
print(json.dumps({"python": platform.python_version(), **{d.name: d.version for d in distributions() if d.name in peers}}))`;
  return z.record(z.string(), z.string()).parse(JSON.parse(execFileSync(python, ["-c", program], { encoding: "utf8" })));
}
