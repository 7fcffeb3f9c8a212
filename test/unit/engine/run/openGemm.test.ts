import { describe, expect, it } from "vitest";
import { createGemm } from "../../../../src/engine/encode/gemm.ts";
import type { DeviceGemm } from "../../../../src/engine/encode/gemm.ts";
import { openGemm, orOnCpu } from "../../../../src/engine/run/openGemm.ts";
import { envIn } from "../store/workplace.ts";

const env = envIn("/none");
const [a, b] = [Float32Array.of(1, 2, 3, 4), Float32Array.of(5, 6, 7, 8)];

describe("the matrix engine", () => {
  it("goes on on the CPU when a device fails, and says so once", async () => {
    const onCpu = await createGemm(env, "cpu");
    let products = 0;
    const device: DeviceGemm = {
      ...onCpu,
      provider: "webgpu",
      multiply: (...args) => {
        if (++products > 1) throw new Error("the device was lost\nat once");
        return onCpu.multiply(...args);
      },
    };
    const notices: string[] = [];
    const gemm = orOnCpu(env, device, (notice) => notices.push(notice));
    for (const provider of ["webgpu", "cpu", "cpu"]) {
      expect([...(await gemm.multiply(a, b, 2))]).toEqual([17, 23, 39, 53]);
      expect(gemm.provider).toBe(provider);
    }
    expect(notices).toEqual(["webgpu failed at a product (the device was lost): the rest is computed on the CPU"]);
    await gemm.release();
  });

  it.each(["coreml", "tensorrt", "cuda"] as const)("runs on the CPU where %s is asked for and isn't there", async (provider) => {
    const gemm = await openGemm(env, provider);
    expect(gemm.provider).toBe("cpu");
    await gemm.release();
  });
});
