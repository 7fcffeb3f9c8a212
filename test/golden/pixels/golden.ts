import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { inflateSync } from "node:zlib";

/** What Pillow makes of a picture of this folder; `pixels` is RGB, zlib, base64. */
export interface GoldenPicture {
  readonly width: number;
  readonly height: number;
  readonly mode: string;
  readonly frames: number;
  readonly orientation: number;
  readonly pixels: string;
}

/** SHA-256 of what Pillow's resize makes of a pattern. */
export interface GoldenResize {
  readonly kind: "noise" | "blackAndWhite";
  readonly filter: "nearest" | "bilinear" | "bicubic" | "lanczos";
  readonly width: number;
  readonly height: number;
  readonly outWidth: number;
  readonly outHeight: number;
  readonly sha256: string;
}

/** SHA-256 of the float32 pixels that transformers makes of the noise pattern. */
export interface GoldenPreprocess {
  readonly kind: "shortest" | "padded" | "squash";
  readonly width: number;
  readonly height: number;
  readonly sha256: string;
}

interface Golden {
  readonly pictures: Readonly<Record<string, GoldenPicture>>;
  readonly resize: readonly GoldenResize[];
  readonly preprocess: readonly GoldenPreprocess[];
}

/** What make.py wrote. */
export const golden = JSON.parse(readFileSync(new URL("expected.json", import.meta.url), "utf8")) as Golden;

/** A picture of this folder. */
export function goldenFile(name: string): URL {
  return new URL(name, import.meta.url);
}

/** The RGB bytes that Pillow gives for a picture. */
export function goldenPixels(picture: GoldenPicture): Buffer {
  return inflateSync(Buffer.from(picture.pixels, "base64"));
}

/** The pattern that make.py feeds to Pillow: byte i is the highest of i × 2654435761 as uint32. */
export function patternPixels(width: number, height: number, kind: GoldenResize["kind"] = "noise"): Uint8Array {
  const noise = Uint8Array.from({ length: width * height * 3 }, (_, index) => Math.imul(index, 2654435761) >>> 24);
  return kind === "noise" ? noise : noise.map((value) => (value > 127 ? 255 : 0));
}

/** SHA-256 in hexadecimal digits. */
export function hashOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
