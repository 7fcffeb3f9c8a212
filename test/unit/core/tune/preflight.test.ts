import { describe, expect, it } from "vitest";
import { checkpointOf } from "../../../../src/core/tune/jobs/checkpointOf.ts";
import type { Machine, Wanted } from "../../../../src/core/tune/jobs/preflight.ts";
import { judgeMachine } from "../../../../src/core/tune/jobs/preflight.ts";

const packages = {
  torch: "2.15.0+cu130",
  open_clip_torch: "3.3.0",
  onnx: "1.23.2",
  onnxruntime: "1.32.0",
  pandas: "3.1.1",
  webdataset: "0.2.86",
  safetensors: "0.8.0",
};
const gpu = { name: "NVIDIA H200", freeBytes: 140e9, memoryBytes: 141e9 };
const machine: Machine = { python: "3.11.7", packages, gpus: [gpu], failure: null, freeBytes: 100e9 };
const wanted: Wanted = {
  interpreter: "python3",
  trainer: "full",
  device: "auto",
  processes: 1,
  isElsewhere: false,
  hasLora: false,
  hasWandb: false,
  hasShards: false,
  writtenBytes: 0,
  images: 1_000,
  heldOut: 100,
  batch: 256,
};

/** What is not fine, with what mends it. */
function complaints(changed: Partial<Machine>, asked: Partial<Wanted> = {}): readonly string[] {
  const findings = judgeMachine({ ...machine, ...changed }, { ...wanted, ...asked });
  return findings.filter(({ grade }) => grade !== "fine").map(({ grade, sentence, fix = "" }) => `${grade}: ${sentence} → ${fix}`);
}

describe("the look before a run", () => {
  it("finds nothing to say where all is there", () => {
    expect(complaints({})).toEqual([]);
    expect(judgeMachine(machine, wanted)).toHaveLength(4);
  });

  it("names packages that are missing or too old, with the line that mends it", () => {
    expect(complaints({ packages: { ...packages, open_clip_torch: "2.32.0" } })).toEqual([
      "wrong: open_clip_torch 2.32.0 is older than 3.0 → python3 -m pip install --upgrade open_clip_torch",
    ]);
    const without = Object.fromEntries(Object.entries(packages).filter(([name]) => name !== "torch"));
    expect(complaints({ packages: without }, { hasLora: true })).toEqual([
      "wrong: Python 3.11.7 (python3) lacks torch, peft → python3 -m pip install torch peft",
    ]);
    expect(complaints({ failure: "OSError: libcudart.so.13" })[0]).toContain("torch can't be loaded (OSError: libcudart.so.13)");
  });

  it("tells that the processor is slow, and where a GPU must be", () => {
    expect(complaints({ gpus: [] })).toEqual(["doubtful: torch sees no GPU here: it trains on the processor, a hundred times slower → "]);
    expect(complaints({ gpus: [] }, { device: "cuda" })[0]).toMatch(/^wrong: torch sees no GPU here → /);
    expect(complaints({ gpus: [] }, { trainer: "open_clip", device: "cuda", processes: 16, isElsewhere: true })).toEqual([]);
    expect(complaints({}, { trainer: "open_clip", processes: 2 })[0]).toContain("on as many GPUs only, and there are 1");
  });

  it("names wandb where W&B gets the metrics and it is missing", () => {
    expect(complaints({}, { hasWandb: true })).toEqual(["wrong: Python 3.11.7 (python3) lacks wandb → python3 -m pip install wandb"]);
  });

  it("names a webdataset on whose shards stock open_clip fails", () => {
    const newer = { packages: { ...packages, webdataset: "0.2.111" } };
    expect(complaints(newer, { trainer: "open_clip" })).toEqual([]);
    expect(complaints({}, { trainer: "open_clip", hasShards: true })).toEqual([]);
    expect(complaints(newer, { trainer: "open_clip", hasShards: true })[0]).toMatch(/^wrong: webdataset 0\.2\.111 ends each shard/);
  });

  it("tells that there is no room for what is written out", () => {
    expect(complaints({ freeBytes: 10e9 }, { writtenBytes: 20e9 })[0]).toMatch(
      /^wrong: The disk has 10\.0 GB left, and pictures of 20\.0 GB/,
    );
  });

  it("tells of a full disk and of data that are too few, the worst first", () => {
    expect(complaints({ freeBytes: 1e9 }, { images: 1, heldOut: 0 }).map((text) => text.split(":")[0])).toEqual(["wrong", "doubtful"]);
    expect(complaints({}, { images: 20, heldOut: 0 })).toHaveLength(2);
    expect(complaints({ freeBytes: null })).toEqual([]);
  });
});

describe("the checkpoint of an encoder", () => {
  it("is the folder itself where its weights lie there", () => {
    const files = ["open_clip_config.json", "open_clip_model.safetensors"];
    expect(checkpointOf({ folder: "/m", files, name: "m" })).toEqual({ model: "local-dir:/m", pretrained: null });
  });

  it("is guessed from names that are known, and is unknown otherwise", () => {
    const guess = (name: string, files: readonly string[] = []) => checkpointOf({ folder: "/m", files, name });
    expect(guess("Xenova/clip-vit-base-patch32")).toEqual({ model: "ViT-B-32-quickgelu", pretrained: "openai" });
    expect(guess("laion/CLIP-ViT-B-32-laion2B-s34B-b79K", ["open_clip_config.json"])).toEqual({
      model: "hf-hub:laion/CLIP-ViT-B-32-laion2B-s34B-b79K",
      pretrained: null,
    });
    expect(guess("mine")).toBeUndefined();
  });
});
