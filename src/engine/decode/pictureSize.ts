import { open } from "node:fs/promises";
import sharp from "sharp";
import { parseBmpHeader } from "../../core/pixels/bmp.ts";
import { sniffFormat } from "../../core/pixels/sniff.ts";
import type { Measured } from "../../core/trainers/trainer.ts";
import type { Env } from "../env.ts";
import { readBytes } from "../store/files.ts";

/** Enough for every header that is looked at here before a decoder is asked. */
const headBytes = 4096;

/** The size that a picture's header tells, before any turning by EXIF, and how that would turn it. A file of a format that is not decoded here is unknown; only what no decoder could open is broken. */
export async function readPictureSize(env: Env, path: string | Buffer): Promise<Measured> {
  const head = await readHead(env, path).catch(() => undefined);
  if (head === undefined || head.length === 0) return "broken";
  const sniffed = sniffFormat(head);
  if (sniffed.kind === "other") return /^(?:a (?:JPEG|\w+ file)|a Photoshop)/.test(sniffed.name) ? "unknown" : "broken";
  try {
    if (sniffed.format === "bmp") {
      const { width, height } = parseBmpHeader(head);
      return { width, height };
    }
    const source = typeof path === "string" ? path : await readBytes(env, path);
    const { width, height, orientation } = await sharp(source, { limitInputPixels: false }).metadata();
    return { width, height, ...(orientation !== undefined && { orientation }) };
  } catch (error) {
    return error instanceof RangeError && error.message.startsWith("Unsupported") ? "unknown" : "broken";
  }
}

async function readHead(env: Env, path: string | Buffer): Promise<Buffer> {
  const handle = await open(path, "r");
  try {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(headBytes), 0, headBytes, 0);
    env.counters.filesRead += 1;
    env.counters.bytesRead += bytesRead;
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}
