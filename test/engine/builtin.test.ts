import { spawnSync } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findPython, runPython } from "../python.ts";
import { auroc } from "./auroc.ts";
import type { Bench } from "./winnow.ts";
import { checkout, createBench } from "./winnow.ts";

interface Row {
  readonly sample: string;
  readonly signals: Readonly<Record<string, number | null>>;
}

const python = findPython();
const source = join(checkout, "src/build/builtin");

describe.skipIf(python === undefined)("the built-in encoder, on pictures that it has never seen (needs .venv)", () => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await createBench();
  });
  afterAll(() => bench.dispose());

  it("finds swapped captions through the engine: AUROC at least 0.97", async () => {
    const [root, truth] = [join(bench.folder, "unseen"), join(bench.folder, "truth.json")];
    runPython(join(source, "generate.py"), ["--pairs", "500", "--seed", "90210", "--swap", "0.2", "--out", root, "--truth", truth]);
    await bench.json(["run", root]);
    const { stdout } = await bench.winnow(["rows", root]);
    const rows = stdout.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line) as Row]));
    const { faults } = JSON.parse(await readFile(truth, "utf8")) as { faults: { kind: string; sample: string }[] };
    const swapped = new Set(faults.filter(({ kind }) => kind === "swappedCaption").map(({ sample }) => sample));
    expect(swapped.size).toBeGreaterThan(80);
    const scores = (isSwapped: boolean): number[] =>
      rows.filter(({ sample }) => swapped.has(sample) === isSwapped).map(({ signals }) => signals["clipScore"]!);
    const value = auroc(scores(true), scores(false));
    console.log(`AUROC of swaps among 500 unseen pairs: ${value.toFixed(4)}`);
    expect(value).toBeGreaterThanOrEqual(0.97);
  }, 300_000);

  it("prefers the right caption in at least 90 % each for colour, count and relation", () => {
    const figures = JSON.parse(
      runPython(join(checkout, "test/engine/builtin_quality.py"), [join(checkout, "media/encoder"), "31337", "800"]),
    ) as Record<string, { pairedAccuracy: number; pooledAuroc: number }>;
    for (const kind of ["colour", "count", "relation"]) {
      console.log(
        `${kind}: ${(100 * figures[kind]!.pairedAccuracy).toFixed(1)} % right, pooled AUROC ${figures[kind]!.pooledAuroc.toFixed(3)}`,
      );
      expect(figures[kind]!.pairedAccuracy, kind).toBeGreaterThanOrEqual(0.9);
    }
  }, 300_000);

  it("can be made again by one command: a tiny run draws, trains, exports, measures and writes the sample", async () => {
    const out = join(bench.folder, "made");
    const { status, stderr } = spawnSync(
      python!,
      [join(source, "build.py"), "--quick", "--out", out, "--cache", join(bench.folder, "cache-builtin")],
      { encoding: "utf8" },
    );
    expect(status, stderr).toBe(0);
    expect(await readdir(join(out, "encoder/onnx"))).toEqual(["text_model.onnx", "vision_model.onnx"]);
    const sampleOf = async (folder: string): Promise<string[]> =>
      (await readdir(folder, { recursive: true })).filter((name) => !name.includes(".winnow")).sort();
    expect(await sampleOf(join(out, "sample"))).toEqual(await sampleOf(join(checkout, "media/sample")));
    const report = await bench.json<{ encoder: { id: string } }>([
      "run",
      join(out, "sample"),
      "--encoder",
      join(out, "encoder"),
      "--through",
      "encode",
    ]);
    expect(report.encoder.id).not.toBe("");
  }, 600_000);
});
