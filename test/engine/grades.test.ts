import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Provider } from "../../src/core/providers.ts";
import { createRandom } from "../../src/core/random.ts";
import { probe } from "../../src/engine/encode/probe.ts";
import { readAnyEncoder, withShrinkOnLoad } from "../../src/engine/encode/encoderFolder.ts";
import { createCounters } from "../../src/engine/env.ts";
import type { Env } from "../../src/engine/env.ts";
import { runPipeline } from "../../src/engine/pipeline.ts";
import { readCache } from "../../src/engine/requests/cache.ts";
import { examineMachine } from "../../src/engine/requests/doctor.ts";
import { certifyEncoder } from "../../src/engine/requests/parity.ts";
import { keepCertificate } from "../../src/engine/store/certificates.ts";
import type { RunReport, RunRequest } from "../../src/protocol/engineApi.ts";
import { imageOnlyFiles, writeEncoder } from "../encoderFixture.ts";

/** A provider that this system's runtime does not have. */
const absent: Provider = process.platform === "linux" ? "coreml" : "cuda";
const watch = { signal: new AbortController().signal, onProgress: () => undefined };
let folder: string;
let root: string;
let env: Env;
let encoder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "winnow-grades-"));
  const counters = createCounters();
  env = { cacheFolder: join(folder, "cache"), dataFolder: join(folder, "data"), now: Date.now, log: () => undefined, counters };
  encoder = await writeEncoder(join(env.cacheFolder, "models"));
  root = join(folder, "photos");
  await mkdir(root);
  const random = createRandom(1);
  for (const name of ["a", "b", "c", "d"]) {
    const pixels = Uint8Array.from({ length: 64 * 64 * 3 }, () => random() * 255);
    await sharp(pixels, { raw: { width: 64, height: 64, channels: 3 } }).toFile(join(root, `${name}.jpg`));
    await writeFile(join(root, `${name}.txt`), `noise ${name}`);
  }
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const run = (request: Partial<RunRequest>): Promise<RunReport> =>
  runPipeline(env, { root, encoder, provider: "cpu", discover: {}, ...request }, watch);

describe("shrinking on load", () => {
  it("is certified against the same encoder without it, and a run and the report about the machine tell the grade", async () => {
    const before = await run({ shrinkOnLoad: true, through: "encode" });
    expect(before.notices).toContain(
      `Large JPEGs are decoded smaller than they are, and how far that moves the vectors is not certified: "winnow parity ${encoder} --shrink-on-load" tells`,
    );
    const against = { kind: "encoder", encoder } as const;
    const { grade, ...certificate } = await certifyEncoder(env, { encoder, shrinkOnLoad: true, provider: "cpu", against }, watch);
    const plain = await readAnyEncoder(env, encoder);
    const [id, own] = [withShrinkOnLoad(plain).descriptor.id, plain.descriptor.id];
    expect(certificate).toMatchObject({ encoder: id, reference: { kind: "encoder", name: own } });
    const cameras = certificate.cases.find((one) => one.id === "camera")!;
    expect(cameras.min).toBeLessThan(1);
    expect(certificate.cases.find((one) => one.id === "edges")!.min).toBeCloseTo(1, 6);
    const after = await run({ shrinkOnLoad: true, through: "encode" });
    expect(after.notices).toContain(`Large JPEGs are decoded smaller than they are: ${grade} by the parity certificate against ${own}`);
    expect((await examineMachine(env)).parities.filter(({ encoder: name }) => name === id || name === own)).toEqual([
      { encoder: own, shrinkOnLoad: false, grade: null, reference: null },
      { encoder: id, shrinkOnLoad: true, grade, reference: own },
    ]);
  });
});

describe("an encoder that sees pictures alone", () => {
  it("is certified by its pictures against another encoder, and not by Python", async () => {
    const eyes = await writeEncoder(folder, imageOnlyFiles, "eyes");
    const request = { encoder: eyes, provider: "cpu" } as const;
    const { grade, cases } = await certifyEncoder(env, { ...request, against: { kind: "encoder", encoder: eyes } }, watch);
    expect(grade).toBe("exact");
    expect(new Set(cases.map(({ modality }) => modality))).toEqual(new Set(["image"]));
    const python = { kind: "python", interpreter: "python3", model: eyes } as const;
    await expect(certifyEncoder(env, { ...request, against: python }, watch)).rejects.toThrow("eyes sees pictures alone: compare it with");
    await expect(certifyEncoder(env, { ...request, against: { kind: "encoder", encoder } }, watch)).rejects.toThrow(
      "Of tiny and eyes one sees pictures alone",
    );
  });
});

describe("a provider that can't be used", () => {
  it("is told also where the crops of calibrating are all that is encoded", async () => {
    await run({ through: "encode" });
    const { stages, notices } = await run({ provider: absent });
    expect(stages.encode).toMatchObject({ done: 0 });
    const told = notices.filter((notice) => notice.endsWith(": encoding runs on the CPU"));
    expect(told).toEqual([expect.stringContaining(`${absent} cannot be used`)]);
  });
});

describe("the cache", () => {
  it("tells measured speeds and certificates apart from what it doesn't know", async () => {
    const read = await readAnyEncoder(env, encoder);
    await probe(env, read, { signal: watch.signal, candidates: ["cpu"] });
    const { id } = read.descriptor;
    const reference = { kind: "encoder", name: id, versions: {} } as const;
    await keepCertificate(env, { schema: 1, encoder: id, provider: "cpu", reference, cases: [], grade: "failed", date: "2026-01-01" });
    const { entries } = await readCache(env);
    expect(entries.filter(({ kind }) => ["probes", "certificates", "other"].includes(kind))).toMatchObject([
      { kind: "probes", count: 1 },
      { kind: "certificates", count: 1 },
    ]);
  });
});
