import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeEncoder } from "../encoderFixture.ts";
import { checkout, createBench } from "./winnow.ts";
import type { Bench } from "./winnow.ts";

/** What the child prints: the CPU's first, then WebGPU's. */
interface Found {
  readonly embedded: readonly { provider: string; notice: string | null; images: number[]; texts: number[] }[];
  readonly products: readonly Readonly<Record<"product" | "scores" | "rowMaxima" | "columnMaxima", number[]>>[];
  readonly chosen: string;
  readonly figures: readonly { provider: string; ratePerSecond: number | null; cosine: number | null; problem: string | null }[];
}

/** Chromium's software device for Vulkan: with it WebGPU runs without a graphics card. */
const softwareDevice = "/usr/lib/chromium/vk_swiftshader_icd.json";

/** In CI (`WINNOW_REQUIRE_VSCODE=1`, which installs the browser) a missing device is a failure. */
function hasDevice(): boolean {
  if (existsSync(softwareDevice)) return true;
  if (process.env["WINNOW_REQUIRE_VSCODE"] === "1")
    throw new Error(`The tests of WebGPU need ${softwareDevice}, which comes with Debian's chromium`);
  return false;
}

const usual = process.env["VK_ICD_FILENAMES"];

describe.skipIf(!hasDevice())("WebGPU on a software device (needs Debian's chromium and libvulkan1)", () => {
  let bench: Bench;
  let encoder: string;
  let found: Found;

  beforeAll(async () => {
    process.env["VK_ICD_FILENAMES"] = softwareDevice;
    bench = await createBench();
    encoder = await writeEncoder(bench.folder);
    const { stdout } = await promisify(execFile)(process.execPath, [
      join(checkout, "test/engine/webgpuChild.ts"),
      encoder,
      join(bench.folder, "child-cache"),
    ]);
    found = JSON.parse(stdout) as Found;
  });
  afterAll(async () => {
    if (usual === undefined) delete process.env["VK_ICD_FILENAMES"];
    else process.env["VK_ICD_FILENAMES"] = usual;
    await bench.dispose();
  });

  it("gives pictures and texts the CPU's vectors", () => {
    const [cpu, webgpu] = found.embedded;
    expect(webgpu).toMatchObject({ provider: "webgpu", notice: null });
    for (const side of ["images", "texts"] as const) expect(relativeError(webgpu![side], cpu![side])).toBeLessThan(1e-3);
  });

  it("multiplies as the CPU does, with the maxima of runs", () => {
    const [cpu, webgpu] = found.products;
    for (const name of ["product", "scores", "rowMaxima", "columnMaxima"] as const)
      expect(relativeError(webgpu![name], cpu![name]), name).toBeLessThan(1e-3);
  });

  it("is measured beside the CPU, with a cosine that lets it in", () => {
    expect(found.figures.map(({ provider, problem }) => [provider, problem])).toEqual([
      ["cpu", null],
      ["webgpu", null],
    ]);
    expect(found.figures[1]!.cosine).toBeGreaterThan(0.99999);
    const [cpu, webgpu] = found.figures.map(({ ratePerSecond }) => ratePerSecond!);
    expect(found.chosen).toBe(webgpu! > cpu! ? "webgpu" : "cpu");
  });

  it("analyses a dataset through the command line, with the CPU's scores", async () => {
    const root = join(bench.folder, "pictures");
    await mkdir(root);
    const morning = join(checkout, "media/sample/morning");
    for (const name of (await readdir(morning)).sort().slice(0, 60)) await cp(join(morning, name), join(root, name));
    const scores: (number | null)[][] = [];
    for (const provider of ["webgpu", "cpu"]) {
      // Two names of one encoder: what one provider encoded must not be the other's cache.
      const own = await writeEncoder(bench.folder, { "config.json": configOf(provider) }, `on-${provider}`);
      const report = await bench.json<{ encoder: { provider: string } }>(["run", root, "--encoder", own, "--provider", provider]);
      expect(report.encoder.provider).toBe(provider);
      const { stdout } = await bench.winnow(["rows", root]);
      const rows = stdout.split("\n").filter((line) => line !== "");
      scores.push(rows.map((line) => (JSON.parse(line) as { signals: { clipScore: number | null } }).signals.clipScore));
    }
    const [webgpu, cpu] = scores;
    expect(webgpu!.length).toBeGreaterThan(10);
    webgpu!.forEach((score, i) => {
      if (score === null) expect(cpu![i]).toBeNull();
      else expect(Math.abs(score - cpu![i]!)).toBeLessThan(2e-3);
    });
  });
});

function configOf(name: string): string {
  return JSON.stringify({ model_type: "clip", projection_dim: 8, _name_or_path: name, text_config: { max_position_embeddings: 16 } });
}

/** The largest difference, as a share of the largest value. */
function relativeError(values: readonly number[], reference: readonly number[]): number {
  expect(values.length).toBe(reference.length);
  const largest = Math.max(...reference.map(Math.abs));
  return Math.max(...values.map((value, i) => Math.abs(value - reference[i]!))) / largest;
}
