import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Encoder, readEncoder } from "../../../../src/engine/encode/encoderFolder.ts";
import type { Env } from "../../../../src/engine/env.ts";
import { createEnv } from "../../../../src/engine/environment.ts";
import { certify } from "../../../../src/engine/parity/certify.ts";
import { makeMaterial, type Material, readMaterial } from "../../../../src/engine/parity/material.ts";
import { encodeMaterial } from "../../../../src/engine/parity/ownVectors.ts";
import { makePythonReference } from "../../../../src/engine/parity/pythonReference.ts";
import { readCertificate } from "../../../../src/engine/store/certificates.ts";
import { npyBytes } from "../../../../src/engine/store/npy.ts";
import { fixtureDim, writeEncoder } from "../../../encoderFixture.ts";

const signal = new AbortController().signal;
const provider = "cpu";
const quiet = { provider, signal, onProgress: () => undefined } as const;

let shared: string;
let material: Material;
let folder: string;
let env: Env;
let encoder: Encoder;

beforeAll(async () => {
  shared = await mkdtemp(join(tmpdir(), "winnow-parity-test-"));
  material = await makeMaterial(join(shared, "material"), { signal });
});
afterAll(() => rm(shared, { recursive: true, force: true }));
beforeEach(async () => {
  folder = await mkdtemp(join(shared, "case-"));
  env = createEnv({ cacheFolder: join(folder, "cache") });
  encoder = await readEncoder(env, await writeEncoder(folder));
});

/** A copy of the material with our own vectors as the reference's, changed by the test. */
async function writeReference(changes: { row?: number; dim?: number; digest?: string } = {}): Promise<string> {
  const copy = join(folder, "reference");
  await cp(material.folder, copy, { recursive: true });
  const own = await encodeMaterial(env, encoder, material, { provider, signal, onDone: () => undefined });
  if (changes.row !== undefined) own.image.subarray(changes.row * fixtureDim, (changes.row + 1) * fixtureDim).reverse();
  const dim = changes.dim ?? fixtureDim;
  const rows = { image: material.pictures.length, text: material.texts.length };
  for (const side of ["image", "text"] as const)
    await writeFile(join(copy, `${side}.npy`), npyBytes("<f4", [rows[side], dim], own[side].subarray(0, rows[side] * dim)));
  const said = { schema: 1, material: changes.digest ?? material.digest, model: "made up", versions: { torch: "9" } };
  await writeFile(join(copy, "reference.json"), JSON.stringify(said));
  return copy;
}

describe("the reference material", () => {
  it("is the same each time, and reads as it was written", async () => {
    const again = await makeMaterial(join(folder, "again"), { signal });
    expect(again.digest).toBe(material.digest);
    expect(await readMaterial(again.folder)).toEqual(again);
  });

  it("says where it isn't, and what makes it", async () => {
    await expect(readMaterial(folder)).rejects.toThrow(/material\.json cannot be read .*"winnow parity --make"/);
    await writeFile(join(folder, "material.json"), "{}");
    await expect(readMaterial(folder)).rejects.toThrow("is not as Winnow writes it");
  });
});

describe("a certificate against vectors made elsewhere", () => {
  it("is exact where they are ours, is kept in the cache, and counts every picture and text as it goes", async () => {
    const reference = await writeReference();
    const told: number[] = [];
    const certificate = await certify(
      env,
      encoder,
      { kind: "folder", folder: reference },
      { provider, signal, onProgress: ({ done, total }) => told.push(done / total) },
    );
    expect(certificate).toMatchObject({
      grade: "exact",
      provider: "cpu",
      reference: { kind: "folder", name: "made up", versions: { torch: "9" } },
    });
    expect(await readCertificate(env, encoder.descriptor.id)).toEqual(certificate);
    expect(told.at(-1)).toBe(1);
    expect(told).toEqual([...told].sort((left, right) => left - right));
  });

  it("fails by one picture whose vector is another, and names its case", async () => {
    const row = material.pictures.findIndex(({ file }) => file === "orientation6.jpg");
    const { grade, cases } = await certify(env, encoder, { kind: "folder", folder: await writeReference({ row }) }, quiet);
    expect(grade).toBe("failed");
    expect(cases.filter(({ min }) => min! < 0.999).map(({ id }) => id)).toEqual(["rotated"]);
  });

  it("counts a picture that was changed on the way as one without a vector", async () => {
    const reference = await writeReference();
    await cp(join(reference, "pictures/page.jpg"), join(reference, "pictures/cmyk.jpg"));
    const { grade, cases } = await certify(env, encoder, { kind: "folder", folder: reference }, quiet);
    expect(grade).toBe("failed");
    expect(cases.find(({ id }) => id === "cmyk")).toMatchObject({ count: 1, unknown: 1, min: null });
  });

  it.each([
    [{ dim: 4 }, "the reference is another model than the encoder"],
    [{ digest: "0" }, "are of other pictures and texts"],
  ])("can't be made with %j", async (changes, sentence) => {
    await expect(certify(env, encoder, { kind: "folder", folder: await writeReference(changes) }, quiet)).rejects.toThrow(sentence);
  });

  it("can't be made where there are none", async () => {
    await cp(material.folder, join(folder, "bare"), { recursive: true });
    await expect(certify(env, encoder, { kind: "folder", folder: join(folder, "bare") }, quiet)).rejects.toThrow(
      /reference\.json cannot be read/,
    );
  });
});

describe("a certificate against another encoder", () => {
  it("is exact against the same, and names it", async () => {
    const certificate = await certify(env, encoder, { kind: "encoder", encoder }, quiet);
    expect(certificate).toMatchObject({ grade: "exact", reference: { kind: "encoder", name: encoder.descriptor.id } });
  });

  it("fails against one that prepares pictures otherwise", async () => {
    const squashed = JSON.stringify({ size: { width: 4, height: 4 }, do_center_crop: false });
    const other = await readEncoder(env, await writeEncoder(folder, { "preprocessor_config.json": squashed }, "other"));
    const { grade, cases } = await certify(env, encoder, { kind: "encoder", encoder: other }, quiet);
    expect(grade).toBe("failed");
    expect(cases.filter(({ modality }) => modality === "text").every(({ min }) => min! > 0.99999)).toBe(true);
  });

  it("stops when it is told to", async () => {
    const stopping = new AbortController();
    const onProgress = (): void => stopping.abort(new Error("enough"));
    await expect(certify(env, encoder, { kind: "encoder", encoder }, { provider, signal: stopping.signal, onProgress })).rejects.toThrow(
      "enough",
    );
    expect(await readCertificate(env, encoder.descriptor.id)).toBeUndefined();
  });
});

describe("the Python that makes a reference", () => {
  const onProgress = (): void => undefined;

  it("is asked for in a sentence where it isn't there", async () => {
    const choice = { interpreter: join(folder, "python"), model: "x" };
    await expect(makePythonReference(material.folder, choice, { signal, onProgress })).rejects.toThrow(
      /is not there: name an interpreter .* --python/,
    );
  });

  it.each([
    ["ModuleNotFoundError: No module named 'open_clip'", "has no package open_clip: install it there"],
    ["OSError: nothing of that name", "(OSError: nothing of that name): name with --model"],
  ])("that ends with %s is explained", async (said, sentence) => {
    const interpreter = join(folder, "python.mjs");
    await writeFile(interpreter, `#!${process.execPath}\nconsole.error(${JSON.stringify(said)}); process.exit(1);\n`, { mode: 0o755 });
    await expect(makePythonReference(material.folder, { interpreter, model: "x" }, { signal, onProgress })).rejects.toThrow(sentence);
  });

  it("tells how far it is, and is ended when it is stopped", async () => {
    const interpreter = join(folder, "slow.mjs");
    await writeFile(interpreter, `#!${process.execPath}\nconsole.log('{"done":1,"total":4}'); setInterval(() => {}, 1000);\n`, {
      mode: 0o755,
    });
    const stopping = new AbortController();
    const told: unknown[] = [];
    const made = makePythonReference(
      material.folder,
      { interpreter, model: "x" },
      {
        signal: stopping.signal,
        onProgress: (progress) => {
          told.push(progress);
          stopping.abort(new Error("enough"));
        },
      },
    );
    await expect(made).rejects.toThrow("enough");
    expect(told).toEqual([{ done: 1, total: 4 }]);
  });
});

describe("a certificate in the cache", () => {
  it("that is broken, or of another encoder, is as if it were not there", async () => {
    const certificate = await certify(env, encoder, { kind: "encoder", encoder }, quiet);
    const [file] = await readdir(join(folder, "cache/certificates"));
    const path = join(folder, "cache/certificates", file!);
    await writeFile(path, JSON.stringify({ ...certificate, encoder: "other" }));
    expect(await readCertificate(env, encoder.descriptor.id)).toBeUndefined();
    await writeFile(path, (await readFile(path, "utf8")).slice(0, 50));
    expect(await readCertificate(env, encoder.descriptor.id)).toBeUndefined();
  });
});
