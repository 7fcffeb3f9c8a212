import { expect, it } from "vitest";
import manifest from "../../../package.json" with { type: "json" };
import { cudaLibraries, cudaParts, cudaRuntimeVersion, cudaWheels } from "../../../src/core/nvidia.ts";

it("what is fetched for CUDA is of the version of onnxruntime that is used", () => {
  expect(manifest.dependencies["onnxruntime-node"]).toBe(cudaRuntimeVersion);
});

it("the wheels hold every part and every library, once, pinned", () => {
  const members = cudaWheels.flatMap((wheel) => wheel.members.map((member) => member.split("/").at(-1)!));
  expect(new Set(members).size).toBe(members.length);
  for (const file of [...cudaParts, ...cudaLibraries.map((library) => library.file)]) expect(members).toContain(file);
  for (const { sha256, sizeBytes, file, version } of cudaWheels) {
    expect(sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(sizeBytes).toBeGreaterThan(1_000_000);
    expect(file).toContain(version);
  }
});
