import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import sharp, { type Sharp, type SharpOptions } from "sharp";
import { describe, expect, it } from "vitest";
import { thumbnailSides } from "../../../../src/core/pixels/thumbnailSides.ts";
import type { ContentHash } from "../../../../src/core/sample.ts";
import { createCounters } from "../../../../src/engine/env.ts";
import type { AnalysedDataset } from "../../../../src/engine/requests/analysedDataset.ts";
import { readPicture } from "../../../../src/engine/requests/readPicture.ts";
import { readThumbnails } from "../../../../src/engine/requests/readThumbnails.ts";
import { openTables } from "../../../../src/engine/store/tables.ts";
import { openThumbnails } from "../../../../src/engine/store/thumbnails.ts";
import type { ThumbnailBatch } from "../../../../src/protocol/gallery.ts";
import { tarOf } from "../discover/tar.ts";
import { createDiscovered, type DiscoveredDataset } from "./discoveredFixture.ts";

const never = { signal: new AbortController().signal };

function drawn(width: number, height: number, background: NonNullable<SharpOptions["create"]>["background"]): Sharp {
  return sharp({ create: { width, height, channels: 3, background } });
}

async function thumbnails(dataset: DiscoveredDataset, samples: readonly string[], side = 160): Promise<ThumbnailBatch> {
  return await readThumbnails(dataset.env, await dataset.open(), { samples, side }, never);
}

function partOf({ bytes, offsets }: ThumbnailBatch, at: number): Uint8Array {
  return bytes.subarray(offsets[at], offsets[at + 1]);
}

async function look(
  batch: ThumbnailBatch,
  at = 0,
): Promise<{ format: string; width: number; height: number; pixel: (x: number, y: number) => number[] }> {
  const part = partOf(batch, at);
  const { format } = await sharp(part).metadata();
  const { data, info } = await sharp(part).raw().toBuffer({ resolveWithObject: true });
  return {
    format,
    width: info.width,
    height: info.height,
    pixel: (x, y) => [...data.subarray((y * info.width + x) * info.channels, (y * info.width + x) * info.channels + 3)],
  };
}

function isNear(pixel: readonly number[], expected: readonly number[]): boolean {
  return pixel.every((value, channel) => Math.abs(value - expected[channel]!) <= 8);
}

async function hashesOf({ tables }: AnalysedDataset): Promise<ContentHash[]> {
  return (await tables.query("SELECT contentHash FROM samples")).map(({ contentHash }) => contentHash as ContentHash);
}

async function parquetOf(sql: string): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), "winnow-parquet-"));
  const tables = await openTables({});
  await tables.save(sql, join(folder, "t.parquet"));
  tables.close();
  const bytes = await readFile(join(folder, "t.parquet"));
  await rm(folder, { recursive: true });
  return bytes;
}

/** A bitmap of 24 bits: sharp does not read it, Winnow does. */
function bmp(width: number, height: number, [red, green, blue]: readonly [number, number, number]): Buffer {
  const row = Math.ceil((width * 3) / 4) * 4;
  const bytes = Buffer.alloc(54 + row * height);
  bytes.write("BM");
  bytes.writeUInt32LE(bytes.length, 2);
  bytes.writeUInt32LE(54, 10);
  bytes.writeUInt32LE(40, 14);
  bytes.writeInt32LE(width, 18);
  bytes.writeInt32LE(height, 22);
  bytes.writeUInt16LE(1, 26);
  bytes.writeUInt16LE(24, 28);
  for (let y = 0; y < height; y += 1) for (let x = 0; x < width; x += 1) bytes.set([blue, green, red], 54 + y * row + x * 3);
  return bytes;
}

describe("small pictures", () => {
  it("are WebP of the asked side, upright, over grey where they are transparent, and never enlarged", async () => {
    const half = await drawn(40, 20, "#ff0000")
      .composite([{ input: { create: { width: 20, height: 20, channels: 3, background: "#0000ff" } }, left: 20, top: 0 }])
      .png()
      .toBuffer();
    const dataset = await createDiscovered({
      "a.jpg": await drawn(1000, 500, "#20c040").jpeg().toBuffer(),
      "b.jpg": await sharp(half).jpeg({ quality: 100, chromaSubsampling: "4:4:4" }).withMetadata({ orientation: 6 }).toBuffer(),
      "c.png": await sharp({ create: { width: 400, height: 800, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0 } } })
        .png()
        .toBuffer(),
      "d.gif": await drawn(300, 300, "#ffffff").gif().toBuffer(),
    });
    for (const side of thumbnailSides) {
      const batch = await thumbnails(dataset, ["a.jpg", "b.jpg", "c.png", "d.gif"], side);
      expect(batch.failed).toEqual({});
      expect(await look(batch, 0)).toMatchObject({ format: "webp", width: side, height: side / 2 });
      const upright = await look(batch, 1);
      expect(upright).toMatchObject({ width: 20, height: 40 });
      // Turned by 90° clockwise what was on the left is on top.
      expect(isNear(upright.pixel(10, 2), [255, 0, 0])).toBe(true);
      expect(isNear(upright.pixel(10, 37), [0, 0, 255])).toBe(true);
      const clear = await look(batch, 2);
      expect(clear).toMatchObject({ width: side / 2, height: side });
      expect(isNear(clear.pixel(3, 3), [128, 128, 128])).toBe(true);
      expect(await look(batch, 3)).toMatchObject({ format: "webp", width: Math.min(side, 300) });
    }
  });

  it("are made for every place and format that Winnow reads: bitmaps, 16 bits, CMYK, members of archives and rows of tables", async () => {
    const red = await drawn(200, 100, "#ff0000").png().toBuffer();
    const dataset = await createDiscovered({
      "a.bmp": bmp(33, 21, [250, 10, 10]),
      "b.png": await drawn(50, 50, "#808080")
        .toColourspace("b-w")
        .toColourspace("grey16")
        .png({ bitdepth: 16 } as never)
        .toBuffer(),
      "c.jpg": await drawn(50, 50, "#ff0000").toColourspace("cmyk").jpeg().toBuffer(),
    });
    const batch = await thumbnails(dataset, ["a.bmp", "b.png", "c.jpg"]);
    expect(batch.failed).toEqual({});
    const bitmap = await look(batch, 0);
    expect(bitmap).toMatchObject({ format: "webp", width: 33, height: 21 });
    expect(isNear(bitmap.pixel(5, 5), [250, 10, 10])).toBe(true);

    const packed = await createDiscovered(
      {
        "data-000.tar": await tarOf([
          ["x.png", red],
          ["x.txt", "red"],
          ["y.png", red],
          ["y.txt", "red too"],
        ]),
      },
      { format: "webdataset" },
    );
    const members = await thumbnails(packed, ["data-000.tar#x.png", "data-000.tar#y.png"]);
    expect(members.failed).toEqual({});
    expect(await look(members, 1)).toMatchObject({ width: 160, height: 80 });

    const table = await parquetOf(
      `SELECT 'k' || i AS key, 'success' AS status, unhex('${red.toString("hex")}') AS jpg, 'red' AS txt FROM range(70) t(i)`,
    );
    const rows = await createDiscovered({ "00000.parquet": table }, { format: "img2datasetParquet" });
    const batch70 = await thumbnails(
      rows,
      Array.from({ length: 70 }, (_, row) => `00000.parquet#${row}`),
    );
    expect(batch70.failed).toEqual({});
    expect(await look(batch70, 69)).toMatchObject({ width: 160, height: 80 });
  });

  it("say in a sentence what can't be shown, and give the rest", async () => {
    const jpeg = await drawn(300, 200, "#20c040").jpeg().toBuffer();
    const noise = await sharp(
      Uint8Array.from({ length: 300 * 300 * 3 }, (_, at) => (at * 7919) % 251),
      { raw: { width: 300, height: 300, channels: 3 } },
    )
      .jpeg()
      .toBuffer();
    const dataset = await createDiscovered({
      "a.jpg": jpeg,
      "cut.jpg": noise.subarray(0, noise.length / 2),
      "empty.jpg": "",
      "gone.jpg": jpeg,
      "svg.png": '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>',
      "z.jpg": jpeg,
    });
    await rm(join(dataset.root, "gone.jpg"));
    const samples = ["a.jpg", "cut.jpg", "empty.jpg", "gone.jpg", "svg.png", "stranger.jpg", "z.jpg"];
    const batch = await thumbnails(dataset, samples);
    expect(batch.failed).toEqual({
      1: expect.stringMatching(/^cut\.jpg is cut off or damaged: /) as string,
      2: "empty.jpg is empty: 0 bytes",
      3: "gone.jpg is not there any more",
      4: expect.stringMatching(/^svg\.png is /) as string,
      5: "stranger.jpg is not in the analysis",
    });
    expect(samples.map((_, at) => partOf(batch, at).length > 0)).toEqual([true, false, false, false, false, false, true]);
    // Nothing is tried twice.
    dataset.env.counters.bytesRead = 0;
    expect((await thumbnails(dataset, ["cut.jpg"])).failed[0]).toBe(batch.failed[1]);
    expect(dataset.env.counters.bytesRead).toBe(0);
  });

  it("come from the cache the second time, in one file, also in another process", async () => {
    const files = Object.fromEntries(
      await Promise.all(
        Array.from(
          { length: 20 },
          async (_, at) =>
            [
              `${String(at).padStart(2, "0")}.jpg`,
              await drawn(300, 200, { r: at * 10, g: 100, b: 50 })
                .jpeg()
                .toBuffer(),
            ] as const,
        ),
      ),
    );
    const dataset = await createDiscovered(files);
    const first = await thumbnails(dataset, Object.keys(files));
    const [pack] = (await readdir(join(dataset.env.cacheFolder, "thumbnails/1/160"))).filter((name) => name.endsWith(".thumbs"));
    expect(Buffer.compare(await readFile(join(dataset.env.cacheFolder, "thumbnails/1/160", pack!)), first.bytes)).toBe(0);
    for (const env of [dataset.env, { ...dataset.env, counters: createCounters() }]) {
      env.counters.bytesRead = 0;
      const again = await readThumbnails(env, await dataset.open(), { samples: Object.keys(files), side: 160 }, never);
      expect(again).toEqual(first);
      expect(env.counters.bytesRead).toBe(0);
    }
  });

  it("are made once for copies", async () => {
    const jpeg = await drawn(300, 200, "#20c040").jpeg().toBuffer();
    const dataset = await createDiscovered({ "a.jpg": jpeg, "b.jpg": jpeg });
    const batch = await thumbnails(dataset, ["a.jpg", "b.jpg", "a.jpg"]);
    expect(partOf(batch, 1)).toEqual(partOf(batch, 0));
    expect(partOf(batch, 2)).toEqual(partOf(batch, 0));
    expect(dataset.env.counters.filesRead).toBeGreaterThan(0);
    const [pack] = (await readdir(join(dataset.env.cacheFolder, "thumbnails/1/160"))).filter((name) => name.endsWith(".thumbs"));
    expect((await readFile(join(dataset.env.cacheFolder, "thumbnails/1/160", pack!))).length).toBe(partOf(batch, 0).length);
  });

  it("are those of the file as it is now", async () => {
    const dataset = await createDiscovered({ "a.jpg": await drawn(300, 200, "#ff0000").jpeg().toBuffer() });
    expect(isNear((await look(await thumbnails(dataset, ["a.jpg"]))).pixel(5, 5), [255, 0, 0])).toBe(true);
    await dataset.write("a.jpg", await drawn(200, 300, "#0000ff").jpeg().toBuffer());
    await utimes(join(dataset.root, "a.jpg"), 1_700_000_000, 1_700_000_000);
    for (const bytesRead of [true, false]) {
      dataset.env.counters.bytesRead = 0;
      const now = await look(await thumbnails(dataset, ["a.jpg"]));
      expect(now.width).toBeLessThan(now.height);
      expect(isNear(now.pixel(5, 5), [0, 0, 255])).toBe(true);
      expect(dataset.env.counters.bytesRead > 0).toBe(bytesRead);
    }
    await dataset.write("a.jpg", await drawn(300, 200, "#ff0000").jpeg().toBuffer());
    expect((await look(await thumbnails(dataset, ["a.jpg"]))).width).toBe(160);
  });

  it("are not taken from another's place in an archive that changed", async () => {
    const [red, blue] = [await drawn(20, 20, "#ff0000").png().toBuffer(), await drawn(20, 20, "#0000ff").png().toBuffer()];
    const dataset = await createDiscovered(
      {
        "d.tar": await tarOf([
          ["x.png", red],
          ["x.txt", "a"],
          ["y.png", blue],
          ["y.txt", "b"],
        ]),
      },
      { format: "webdataset" },
    );
    await dataset.write(
      "d.tar",
      await tarOf([
        ["x.png", blue],
        ["x.txt", "a"],
        ["y.png", blue],
        ["y.txt", "bb"],
      ]),
    );
    await utimes(join(dataset.root, "d.tar"), 1_700_000_000, 1_700_000_000);
    const batch = await thumbnails(dataset, ["d.tar#x.png", "d.tar#y.png"]);
    expect(batch.failed[0]).toBe("d.tar#x.png lies in a file that changed since the analysis: run it again");
    await expect(readPicture(dataset.env, await dataset.open(), { sample: "d.tar#x.png", side: 64 }, never)).rejects.toThrow(
      /changed since/,
    );
  });

  it("are given where the cache can't be written, and made again where it was deleted or damaged", async () => {
    const dataset = await createDiscovered({ "a.jpg": await drawn(300, 200, "#ff0000").jpeg().toBuffer() });
    const folder = join(dataset.env.cacheFolder, "thumbnails/1/160");
    await mkdir(join(dataset.env.cacheFolder, "thumbnails/1"), { recursive: true });
    await writeFile(folder, "a file in the way");
    const first = await thumbnails(dataset, ["a.jpg"]);
    expect(first.failed).toEqual({});
    await rm(folder);
    const second = await thumbnails(dataset, ["a.jpg"]);
    expect(second).toEqual(first);
    await rm(join(dataset.env.cacheFolder, "thumbnails"), { recursive: true });
    expect(await thumbnails(dataset, ["a.jpg"])).toEqual(first);
    const [pack] = (await readdir(folder)).filter((name) => name.endsWith(".thumbs"));
    await writeFile(join(folder, pack!), "damaged");
    expect(await thumbnails(dataset, ["a.jpg"])).toEqual(first);
  });

  it("stop being made when the signal fires, and what was made is kept", async () => {
    const png = async (at: number): Promise<Buffer> => await drawn(30, 30, { r: at, g: 100, b: 50 }).png().toBuffer();
    const files = Object.fromEntries(
      await Promise.all(Array.from({ length: 250 }, async (_, at) => [`${String(at).padStart(3, "0")}.png`, await png(at)] as const)),
    );
    const dataset = await createDiscovered(files);
    const opened = await dataset.open();
    const stop = new AbortController();
    let filesRead = 0;
    const counters = {
      ...createCounters(),
      get filesRead() {
        return filesRead;
      },
      set filesRead(count) {
        filesRead = count;
        if (count === 100) stop.abort(new Error("scrolled on"));
      },
    };
    const request = { samples: Object.keys(files), side: 160 };
    await expect(readThumbnails({ ...dataset.env, counters }, opened, request, { signal: stop.signal })).rejects.toThrow("scrolled on");
    expect(filesRead).toBeLessThan(120 + availableParallelism());
    const kept = (await openThumbnails(dataset.env, 160)).read(await hashesOf(opened));
    const found = (await kept).filter((bytes) => bytes !== undefined).length;
    expect(found).toBeGreaterThan(60);
    expect(found).toBeLessThan(130 + availableParallelism());
    expect((await thumbnails(dataset, Object.keys(files))).failed).toEqual({});
  });

  it("are refused in other sizes and numbers", async () => {
    const dataset = await createDiscovered({ "a.jpg": await drawn(30, 20, "#ff0000").jpeg().toBuffer() });
    await expect(thumbnails(dataset, ["a.jpg"], 161)).rejects.toThrow("Expected 96, 160, 256, 384");
    await expect(thumbnails(dataset, new Array<string>(501).fill("a.jpg"))).rejects.toThrow("at most 500");
    expect(await thumbnails(dataset, [])).toEqual({ bytes: new Uint8Array(0), offsets: Uint32Array.of(0), failed: {} });
  });
});

describe("a picture to look at closely", () => {
  it("has at most the side that was asked for, and tells its original size upright", async () => {
    const jpeg = await drawn(1000, 500, "#20c040").jpeg().withMetadata({ orientation: 8 }).toBuffer();
    const dataset = await createDiscovered({ "a.jpg": jpeg, "b.bmp": bmp(40, 30, [1, 2, 3]) });
    const picture = await readPicture(dataset.env, await dataset.open(), { sample: "a.jpg", side: 600 }, never);
    expect(picture).toMatchObject({ mediaType: "image/webp", width: 500, height: 1000 });
    expect(await sharp(picture.bytes).metadata()).toMatchObject({ format: "webp", width: 300, height: 600 });
    expect(await readPicture(dataset.env, await dataset.open(), { sample: "b.bmp", side: 600 }, never)).toMatchObject({
      width: 40,
      height: 30,
    });
  });

  it("is refused with a sentence", async () => {
    const dataset = await createDiscovered({ "a.jpg": "no picture" });
    const opened = await dataset.open();
    await expect(readPicture(dataset.env, opened, { sample: "a.jpg", side: 100 }, never)).rejects.toThrow(/^a\.jpg is /);
    await expect(readPicture(dataset.env, opened, { sample: "b.jpg", side: 100 }, never)).rejects.toThrow(/not in the analysis/);
    await expect(readPicture(dataset.env, opened, { sample: "a.jpg", side: NaN }, never)).rejects.toThrow(/Expected 16 to 8192/);
  });
});
