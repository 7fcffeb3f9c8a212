import { describe, expect, it } from "vitest";
import { publishedCuts, whyNotFor } from "../../../src/core/presets.ts";
import { signals } from "../../../src/core/signals/signals.ts";

const cut = (id: string): (typeof publishedCuts)[number] => publishedCuts.find((published) => published.id === id)!;
const b32 = cut("datacompB32").encoder;
const l14 = cut("datacompL14").encoder;
const idOf = (name: string, dim: number, dtype = "fp32"): string => `${name}@0123abcd/4567cdef/${dim}/${dtype}`;

describe("published cuts", () => {
  it("are of signals that there are, with a source", () => {
    for (const { signal, source, title } of publishedCuts) {
      expect(signals.map(({ id }) => id)).toContain(signal);
      expect(source).toMatch(/\d{4}/);
      expect(title).not.toBe("");
    }
  });

  it.each([
    "openai/clip-vit-base-patch32",
    "clip-vit-base-patch32",
    "Xenova/clip-vit-base-patch32",
    "openai ViT-B/32",
    "ViT-B-32-quickgelu-openai",
    "OpenAI CLIP ViT-B/32",
  ])("hold for %s", (name) => {
    expect(whyNotFor(b32, { id: idOf(name, 512), name })).toBeUndefined();
    expect(whyNotFor(b32, { id: idOf(name, 512, "fp16"), name })).toBeUndefined();
  });

  it.each([
    "CLIP ViT-B/32",
    "ViT-B-32",
    "CLIP-ViT-B-32-laion2B-s34B-b79K",
    "openai/clip-vit-base-patch16",
    "openai/clip-vit-large-patch14",
    "clip-vit-base-patch32-finetuned-products",
    "my-openai-clip-vit-base-patch32",
    "siglip-base-patch16-224",
    "builtin",
    "",
  ])("do not hold for %s", (name) => {
    expect(whyNotFor(b32, { id: idOf(name, 512), name })).toContain("OpenAI's CLIP ViT-B/32");
  });

  it("know the L/14 from its larger version", () => {
    const name = "openai/clip-vit-large-patch14";
    expect(whyNotFor(l14, { id: idOf(name, 768), name })).toBeUndefined();
    expect(whyNotFor(l14, { id: idOf(`${name}-336`, 768), name: `${name}-336` })).toBeDefined();
  });

  it("do not hold for another length of vectors, a quantised export, or an id that tells neither", () => {
    const name = "openai/clip-vit-base-patch32";
    expect(whyNotFor(b32, { id: idOf(name, 768), name })).toContain("512");
    expect(whyNotFor(b32, { id: idOf(name, 512, "q8"), name })).toContain("quantised");
    expect(whyNotFor(b32, { id: "unknown", name })).toBeDefined();
  });

  it("do not hold for an encoder whose parity failed, and hold for a quantised export that is certified", () => {
    const name = "openai/clip-vit-base-patch32";
    expect(whyNotFor(b32, { id: idOf(name, 512), name, parity: "failed" })).toContain("its parity failed");
    expect(whyNotFor(b32, { id: idOf(name, 512), name, parity: null })).toBeUndefined();
    expect(whyNotFor(b32, { id: idOf(name, 512, "q8"), name, parity: "failed" })).toContain("its parity failed");
    expect(whyNotFor(b32, { id: idOf(name, 512, "q8"), name, parity: "usable" })).toBeUndefined();
    expect(whyNotFor(b32, { id: idOf("my-clip", 512), name: "my-clip", parity: "exact" })).toBeDefined();
  });
});
