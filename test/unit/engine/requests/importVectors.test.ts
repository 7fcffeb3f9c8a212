import { copyFile, mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createRandom } from "../../../../src/core/random.ts";
import { readEncoder } from "../../../../src/engine/encode/encoderFolder.ts";
import { textKey } from "../../../../src/engine/encode/encodeTexts.ts";
import type { Env } from "../../../../src/engine/env.ts";
import { runPipeline } from "../../../../src/engine/pipeline.ts";
import type { ImportReport, ImportRequest } from "../../../../src/engine/requests/importVectors.ts";
import { importVectors } from "../../../../src/engine/requests/importVectors.ts";
import { search } from "../../../../src/engine/requests/search.ts";
import { eachRow } from "../../../../src/engine/requests/rows.ts";
import { sha256 } from "../../../../src/engine/store/files.ts";
import type { NpyType } from "../../../../src/engine/store/npy.ts";
import { npyBytes } from "../../../../src/engine/store/npy.ts";
import type { Column } from "../../../../src/engine/store/tables.ts";
import { writeTable } from "../../../../src/engine/store/tables.ts";
import { openVectors } from "../../../../src/engine/store/vectors.ts";
import type { ContentHash } from "../../../../src/core/sample.ts";
import type { EncoderId } from "../../../../src/core/encoder.ts";
import type { Row } from "../../../../src/protocol/engineApi.ts";
import { assetsFolder } from "../../../assets.ts";
import { fixtureDim, writeEncoder } from "../../../encoderFixture.ts";
import { writeNoises } from "../../../pictures.ts";
import { zipBytes } from "../import/zipBytes.ts";
import { createWorkplace } from "../store/workplace.ts";

const watch = { signal: new AbortController().signal, onProgress: () => undefined };
const take = (env: Env, request: Pick<ImportRequest, "root" | "from" | "encoder"> & Partial<ImportRequest>): Promise<ImportReport> =>
  importVectors(env, { provider: "cpu", discover: {}, trust: false, ...request }, watch);

/** Rows of noise, of length 1. */
function unitRows(rows: number, dim: number, seed: number): Float32Array {
  const random = createRandom(seed);
  const values = Float32Array.from({ length: rows * dim }, () => random() - 0.5);
  for (let row = 0; row < rows; row += 1) {
    const own = values.subarray(row * dim, (row + 1) * dim);
    const length = Math.hypot(...own);
    own.forEach((value, at) => (own[at] = value / length));
  }
  return values;
}

async function allRows(env: Env, root: string): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for await (const some of eachRow(env, { root })) rows.push(...some);
  return rows;
}

const texts = (name: string, values: readonly (string | null)[]): Column => ({ name, type: "text", values });

/** Writes clip-retrieval's folders with one partition. */
async function writeRetrieval(
  folder: string,
  { columns, images, captions, dim }: { columns: readonly Column[]; images: Float32Array; captions?: Float32Array; dim: number },
): Promise<string> {
  await writeTable(join(folder, "metadata", "metadata_0.parquet"), columns);
  for (const [kind, values] of Object.entries({ img_emb: images, text_emb: captions })) {
    if (values === undefined) continue;
    await mkdir(join(folder, kind), { recursive: true });
    await writeFile(join(folder, kind, `${kind}_0.npy`), npyBytes("<f4" satisfies NpyType, [values.length / dim, dim], values));
  }
  return folder;
}

describe("vectors of an encoder that is not here", () => {
  it("are matched, counted and stored, and what is wrong with some is told", async () => {
    const { env, root, outside } = await createWorkplace();
    await writeNoises(root, 3);
    const images = unitRows(6, 4, 1);
    images.subarray(4, 8).forEach((value, at, row) => (row[at] = value * 3));
    images.fill(Number.NaN, 8, 12);
    images.copyWithin(16, 0, 4);
    const captions = unitRows(6, 4, 2);
    captions.copyWithin(16, 0, 4);
    const from = await writeRetrieval(outside, {
      dim: 4,
      images,
      captions,
      columns: [
        texts("image_path", ["/x/0.png", "1.png", "2.png", "/elsewhere/9.png", "/x/0.png", null]),
        texts("caption", ["the a one", "the b one\n", "another", "the c one", "the a one", null]),
      ],
    });
    const report = await take(env, { root, from, encoder: "laion" });
    expect(report).toMatchObject({
      encoder: "imported:laion",
      encoderId: "laion@imported/none/4/fp16",
      isImported: true,
      rows: 6,
      images: { stored: 2, known: 1, unmatched: 2, invalid: 1, scaled: 1 },
      texts: { stored: 3, known: 1, unmatched: 2, invalid: 0, scaled: 0 },
      agreement: null,
      refused: [],
    });
    const store = await openVectors(env, report.encoderId as EncoderId, "image", 4);
    const [first, second] = await Promise.all([0, 1].map(async (at) => sha256(await readFile(join(root, `${at}.png`))) as ContentHash));
    const stored = await store.read([first!, second!]);
    const expected = [...images.subarray(0, 4), ...images.subarray(4, 8).map((value) => value / 3)];
    expected.forEach((value, at) => expect(stored[at]).toBeCloseTo(value, 3));
    const captionStore = await openVectors(env, report.encoderId as EncoderId, "text", 4);
    expect(captionStore.has(textKey("the b one"))).toBe(true);
    const again = await take(env, { root, from, encoder: "imported:laion" });
    expect(again.images).toMatchObject({ stored: 0, known: 3 });
  });

  it("never mix with others under the same name", async () => {
    const { env, root, outside } = await createWorkplace();
    await writeNoises(root, 3);
    const columns = [texts("image_path", ["0.png", "1.png", "2.png"])];
    await take(env, {
      root,
      from: await writeRetrieval(join(outside, "a"), { dim: 4, images: unitRows(3, 4, 1), columns }),
      encoder: "laion",
    });
    const other = await writeRetrieval(join(outside, "b"), { dim: 4, images: unitRows(3, 4, 2), columns });
    await expect(take(env, { root, from: other, encoder: "laion" })).rejects.toThrow(
      /^Other vectors were imported as imported:laion before .*: give these another name$/,
    );
  });

  it("are not taken where two paths could be one picture's", async () => {
    const { env, root, outside } = await createWorkplace();
    await writeNoises(root, 2);
    const columns = [texts("image_path", ["/x/0.png", "/y/0.png", "/y/1.png"])];
    const from = await writeRetrieval(outside, { dim: 4, images: unitRows(3, 4, 1), columns });
    expect((await take(env, { root, from, encoder: "laion" })).images).toMatchObject({ stored: 1, unmatched: 2 });
  });

  it("are refused where rows and table don't belong together, or nobody knows whose they are", async () => {
    const { env, root, outside } = await createWorkplace();
    await writeNoises(root, 2);
    const from = await writeRetrieval(join(outside, "a"), {
      dim: 4,
      images: unitRows(3, 4, 1),
      columns: [texts("image_path", ["0.png", "1.png"])],
    });
    await expect(take(env, { root, from, encoder: "laion" })).rejects.toThrow("has 3 vectors, but");
    await rename(join(from, "metadata", "metadata_0.parquet"), join(from, "moved.parquet"));
    await expect(take(env, { root, from, encoder: "laion" })).rejects.toThrow("has no vectors in clip-retrieval's layout");
    await expect(take(env, { root, from: join(from, "img_emb", "img_emb_0.npy"), encoder: "laion" })).rejects.toThrow(
      "metadata_0.parquet is missing",
    );
    await expect(take(env, { root, from: join(outside, "nothing"), encoder: "laion" })).rejects.toThrow("There is nothing at");
    await expect(take(env, { root, from, encoder: "./models/laion" })).rejects.toThrow("There is no encoder ./models/laion");
  });
});

describe("DataComp's arrays", () => {
  it.each([true, false])(
    "are read from an archive (deflated: %s), by uid of the .json, by the minted one, and by url",
    async (isDeflated) => {
      const { env, root, outside } = await createWorkplace();
      await writeNoises(root, 3);
      await writeFile(join(root, "0.json"), JSON.stringify({ uid: "f".repeat(32), url: "https://example.org/0" }));
      await writeFile(join(root, "1.json"), JSON.stringify({ url: "https://example.org/1" }));
      const minted = sha256(await readFile(join(root, "2.png"))).slice(0, 32);
      const array = (dim: number, seed: number) => npyBytes("<f4", [4, dim], unitRows(4, dim, seed));
      const archive = { "b32_img.npy": array(4, 1), "b32_txt.npy": array(4, 2), "l14_img.npy": array(6, 3), "l14_txt.npy": array(6, 4) };
      await mkdir(outside, { recursive: true });
      await writeFile(join(outside, "part.npz"), zipBytes(archive, { isDeflated }));
      await writeTable(join(outside, "part.parquet"), [
        texts("uid", ["F".repeat(32), "0".repeat(32), minted, "1".repeat(32)]),
        texts("url", ["https://example.org/x", "https://example.org/1", null, "https://example.org/9"]),
        texts("text", ["the a one", "the b one", "the c one", "the d one"]),
      ]);
      await expect(take(env, { root, from: outside, encoder: "datacomp" })).rejects.toThrow(
        "has the arrays b32, l14: say which with --array",
      );
      const report = await take(env, { root, from: join(outside, "part.npz"), encoder: "datacomp", array: "l14" });
      expect(report).toMatchObject({
        encoderId: "datacomp@imported/none/6/fp16",
        images: { stored: 3, unmatched: 1 },
        texts: { stored: 3, unmatched: 1 },
      });
    },
  );

  it("are not taken from something else", async () => {
    const { env, root, outside } = await createWorkplace();
    await writeNoises(root, 1);
    await mkdir(outside);
    await writeFile(join(outside, "part.npz"), "nonsense");
    await writeTable(join(outside, "part.parquet"), [texts("uid", ["0"])]);
    await expect(take(env, { root, from: outside, encoder: "datacomp" })).rejects.toThrow("part.npz is no archive of numpy's");
  });
});

describe("vectors of an encoder that is here", () => {
  it("are taken where they are what it gives, and then nothing is encoded; else they are refused, or kept apart", async () => {
    const place = await createWorkplace();
    const { env, root, outside } = place;
    await writeNoises(root, 5);
    const encoder = await writeEncoder(outside);
    const run = (used: Env) => runPipeline(used, { root, encoder, provider: "cpu", discover: {}, through: "encode" }, watch);
    await run(env);
    const { id } = (await readEncoder(env, encoder)).descriptor;
    const rows = [0, 1, 2, 3, 4];
    const hashes = await Promise.all(rows.map(async (at) => sha256(await readFile(join(root, `${at}.png`))) as ContentHash));
    const captions = rows.map((at) => `the ${"abcde"[at]!} one`);
    const images = await (await openVectors(env, id, "image", fixtureDim)).read(hashes);
    const captionVectors = await (await openVectors(env, id, "text", fixtureDim)).read(captions.map(textKey));
    const columns = [texts("sha256", hashes), texts("caption", captions)];
    const right = await writeRetrieval(join(outside, "right"), { dim: fixtureDim, images, captions: captionVectors, columns });
    const fresh = { ...env, cacheFolder: join(outside, "fresh") };
    const report = await take(fresh, { root, from: right, encoder });
    expect(report).toMatchObject({ encoderId: id, isImported: false, images: { stored: 5 }, texts: { stored: 5 } });
    expect(report.agreement!.images!.least).toBeGreaterThan(0.9999);
    expect(report.agreement!.texts).toMatchObject({ count: 5 });
    fresh.counters.batchesRun = 0;
    expect((await run(fresh)).stages.encode).toMatchObject({ done: 0, cached: 10 });
    expect(fresh.counters.batchesRun).toBe(0);

    const wrong = await writeRetrieval(join(outside, "wrong"), { dim: fixtureDim, images: unitRows(5, fixtureDim, 9), columns });
    const other = { ...env, cacheFolder: join(outside, "other") };
    await expect(take(other, { root, from: wrong, encoder })).rejects.toThrow(
      /are not those of tiny \(5 pictures compared: cosine .*nothing was taken/,
    );
    expect((await openVectors(other, id, "image", fixtureDim)).size()).toBe(0);
    const trusted = await take(other, { root, from: wrong, encoder, trust: true });
    expect(trusted).toMatchObject({ encoder: "imported:tiny", isImported: true, images: { stored: 5 } });
    expect((await openVectors(other, id, "image", fixtureDim)).size()).toBe(0);
    await expect(
      take(other, { root, from: await writeRetrieval(join(outside, "thin"), { dim: 4, images: unitRows(5, 4, 9), columns }), encoder }),
    ).rejects.toThrow("has vectors of 4 dimensions where 8 are expected");
  });
});

const assets = assetsFolder();

describe.skipIf(assets === undefined)("clip-retrieval's vectors of the shared assets: nine photos by real CLIP B/32", () => {
  it("give every right pair its score of 0.29 to 0.35, without any model", async () => {
    const { env, root } = await createWorkplace();
    const from = join(assets!, "fashion-clip-b32", "embeddings");
    const captions = ["calvins t - shirt in black", "a black crop top with a round neckline"];
    for (const [at, caption] of captions.entries()) {
      await copyFile(join(assets!, "fashion-clip-b32", "catalog", `img${at + 1}.png`), join(root, `img${at + 1}.png`));
      await writeFile(join(root, `img${at + 1}.txt`), caption);
    }
    await copyFile(join(assets!, "fashion-clip-b32", "catalog", "img3.jpg"), join(root, "new.jpg"));
    await writeFile(join(root, "new.txt"), "never seen");
    const report = await take(env, { root, from, encoder: "clip-b32" });
    expect(report).toMatchObject({ images: { stored: 2, unmatched: 7 }, texts: { stored: 2, unmatched: 7 } });
    const { notices, stages } = await runPipeline(env, { root, encoder: "imported:clip-b32", provider: "cpu", discover: {} }, watch);
    expect(stages.encode).toMatchObject({ done: 0, cached: 4 });
    expect(env.counters.batchesRun).toBe(0);
    expect(notices[0]).toContain("2 of 3 pictures and 2 of 3 texts have one, the rest is unknown");
    const rows = await allRows(env, root);
    const signals = Object.fromEntries(rows.map((row) => [row.sample, row.signals]));
    expect(signals["img1.png"]!["clipScore"]).toBeCloseTo(0.324, 3);
    expect(signals["img2.png"]!["clipScore"]).toBeCloseTo(0.3482, 3);
    expect(signals["new.jpg"]!["clipScore"]).toBeNull();
    expect(signals["img1.png"]).toMatchObject({ captionTokens: null, truncated: null, captionRank: 1 });
    const query = { kind: "text", text: "a dress" } as const;
    await expect(search(env, { root, query, limit: 1, provider: "cpu" }, watch)).rejects.toThrow(
      "no encoder is here that could make one of a text",
    );
  });
});
