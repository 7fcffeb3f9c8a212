import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import type { Sample } from "../../src/core/sample.ts";
import { captionIdFromIndex, sampleIdFromPath } from "../../src/core/sample.ts";
import { createRandom, drawInteger } from "../../src/core/random.ts";
import { assetsFolder } from "../assets.ts";

/** Photos of 224 × 224 (drawn ones where the assets are missing), or drawn pictures as large as a camera's: 1632 × 1224 at the least, 4000 × 3000 as usual. */
export type PictureSize = "224 × 224" | "2 megapixels" | "12 megapixels";

const sides: Readonly<Record<PictureSize, readonly [number, number]>> = {
  "224 × 224": [224, 224],
  "2 megapixels": [1632, 1224],
  "12 megapixels": [4000, 3000],
};

/** Drawing takes long, so a few drawings stand for many files. */
const drawings = 12;
const largeDrawings = 4;

/** Writes JPEGs of which no two have the same bytes, each with one caption, and gives them as samples. */
export async function writePictures(folder: string, size: PictureSize, count: number): Promise<Sample[]> {
  const originals = await originalsOf(size);
  const samples: Sample[] = [];
  await mkdir(folder, { recursive: true });
  for (let index = 0; index < count; index += 1) {
    const id = sampleIdFromPath(`${String(index).padStart(6, "0")}.jpg`);
    const path = join(folder, id);
    const bytes = withComment(originals[index % originals.length]!, id);
    await writeFile(path, bytes);
    const caption = { id: captionIdFromIndex(id, 0), text: `a photo of thing ${index}`, author: "import", origin: { file: path } };
    samples.push({
      id,
      locator: { kind: "file", path },
      folder: "",
      captions: [caption],
      sizeBytes: bytes.length,
      mtimeMs: 1,
      inode: index,
    });
  }
  return samples;
}

async function originalsOf(size: PictureSize): Promise<readonly Buffer[]> {
  const assets = assetsFolder();
  if (size === "224 × 224" && assets !== undefined) {
    const photos = join(assets, "flickr8k-dev", "images");
    const names = (await readdir(photos)).sort();
    return await Promise.all(names.map((name) => readFile(join(photos, name))));
  }
  const [width, height] = sides[size];
  return await Promise.all(
    Array.from({ length: size === "12 megapixels" ? largeDrawings : drawings }, (_, seed) => draw(width, height, seed)),
  );
}

/** A JPEG with a comment behind its first marker. */
function withComment(jpeg: Buffer, comment: string): Buffer {
  const marker = Buffer.from([0xff, 0xfe, 0, comment.length + 2]);
  return Buffer.concat([jpeg.subarray(0, 2), marker, Buffer.from(comment), jpeg.subarray(2)]);
}

/** Shapes before noise: it compresses about as photos do. */
async function draw(width: number, height: number, seed: number): Promise<Buffer> {
  const random = createRandom(seed + 1);
  const below = (limit: number): number => drawInteger(random, limit);
  const shapes = Array.from({ length: 40 }, () => {
    const fill = `rgb(${below(256)},${below(256)},${below(256)})`;
    return random() < 0.5
      ? `<circle cx="${below(width)}" cy="${below(height)}" r="${below(height / 4)}" fill="${fill}"/>`
      : `<rect x="${below(width)}" y="${below(height)}" width="${below(width / 3)}" height="${below(height / 3)}" fill="${fill}"/>`;
  });
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" opacity="0.8">${shapes.join("")}</svg>`;
  const noise = Uint8Array.from({ length: width * height * 3 }, () => 64 + below(128));
  return await sharp(noise, { raw: { width, height, channels: 3 } })
    .blur(0.8)
    .composite([{ input: Buffer.from(svg) }])
    .jpeg({ quality: 88 })
    .toBuffer();
}
