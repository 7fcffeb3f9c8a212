import { cp, mkdtemp, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Certificate } from "../../src/core/parity/certificate.ts";
import { type MadeFamily, type MadeModel, madeFamilies, makeModels } from "../parity/models.ts";
import { countTokenDifferences, drawnCount } from "../parity/tokens.ts";
import { findPython } from "../python.ts";
import { type Bench, createBench } from "./winnow.ts";

const python = findPython();
/** Layers of the models: what is of a picture's or text's making shows in two, and a test that takes minutes is not run. */
const depth = 2;
const families = Object.keys(madeFamilies) as MadeFamily[];

describe.skipIf(python === undefined)("vectors beside those of open_clip and transformers (needs .venv)", () => {
  let bench: Bench;
  let models: readonly MadeModel[];
  const modelOf = (family: MadeFamily): MadeModel => models.find((model) => model.family === family)!;
  const certify = (encoder: string, args: readonly string[]): Promise<Certificate> =>
    bench.json<Certificate>(["parity", encoder, "--provider", "cpu", ...args]);

  beforeAll(async () => {
    bench = await createBench();
    models = await makeModels(join(bench.folder, "models"), families, depth);
  });
  afterAll(() => bench.dispose());

  it.each(families)("are exact in every case for %s", async (family) => {
    const { encoder, material, contrast } = modelOf(family);
    const { cases, grade, reference } = await certify(encoder, ["--reference", material]);
    expect(contrast).toBeLessThan(0.7); // else every vector were like every other
    expect(cases.filter(({ min, unknown }) => unknown > 0 || min === null || min < 0.9999)).toEqual([]);
    expect(grade).toBe("exact");
    expect(cases.length).toBeGreaterThan(25);
    expect(Object.keys(reference.versions)).toEqual(expect.arrayContaining(["torch", "transformers", "pillow"]));
  });

  it("are made by the Python that is named, and the certificate stands in the list of encoders", async () => {
    const { encoder, model } = modelOf("clip");
    const list = join(bench.folder, "cache/models/made/clip");
    await cp(encoder, list, { recursive: true });
    const { grade, reference } = await certify("made/clip", ["--model", model, "--python", python!]);
    expect(grade).toBe("exact");
    expect(reference).toMatchObject({ kind: "python", name: model });
    const encoders = await bench.json<{ id: string; parity: string | null }[]>(["encoders"]);
    expect(encoders.find(({ id }) => id === "made/clip")?.parity).toBe("exact");
  });

  it.each<[string, { file: string; side: "image" | "text"; break_: (json: Record<string, unknown>) => void }]>([
    ["another interpolation", { file: "preprocessor_config.json", side: "image", break_: (json) => (json["resample"] = 2) }],
    [
      "colours out of order",
      { file: "preprocessor_config.json", side: "image", break_: (json) => (json["image_mean"] as number[]).reverse() },
    ],
    ["a tokenizer that keeps capitals", { file: "tokenizer.json", side: "text", break_: (json) => (json["normalizer"] = null) }],
  ])("are not exact with %s, on that side alone", async (_, { file, side, break_ }) => {
    const { encoder, material } = modelOf("clip");
    const folder = await mkdtemp(join(bench.folder, "broken-"));
    await cp(encoder, folder, { recursive: true, filter: (path) => !path.includes("onnx") });
    await symlink(join(encoder, "onnx"), join(folder, "onnx"));
    const json = JSON.parse(await readFile(join(folder, file), "utf8")) as Record<string, unknown>;
    break_(json);
    await writeFile(join(folder, file), JSON.stringify(json));
    const { cases, grade } = await certify(folder, ["--reference", material]);
    expect(grade).not.toBe("exact");
    expect(worst(cases, side)).toBeLessThan(0.9999);
    expect(worst(cases, side === "image" ? "text" : "image")).toBeGreaterThan(0.99999);
  });

  it(`have the same tokens before them for ${drawnCount.toLocaleString("en")} texts`, async () => {
    const found = await countTokenDifferences(bench.folder, models);
    expect(found.map(({ family, differing }) => ({ family, differing }))).toEqual(families.map((family) => ({ family, differing: [] })));
    for (const { truncated, leftOut } of found) {
      expect(truncated).toBeGreaterThan(100);
      expect(leftOut).toBeLessThan(50);
    }
  });
});

function worst(cases: Certificate["cases"], side: "image" | "text"): number {
  return Math.min(...cases.filter(({ modality }) => modality === side).map(({ min }) => min ?? Number.NaN));
}
