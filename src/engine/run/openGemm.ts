import type { Provider, ProviderChoice } from "../../core/providers.ts";
import type { DeviceGemm } from "../encode/gemm.ts";
import { createGemm } from "../encode/gemm.ts";
import { firstLine, listProviders } from "../encode/providers.ts";
import type { Env } from "../env.ts";

/** Fastest first. CoreML wants fixed sizes, and TensorRT builds an engine for each: they have no place in products of any size. */
const fastest: readonly Provider[] = ["cuda", "dml", "webgpu"];

/**
 * Opens the matrix engine on the provider that is asked for, or on the fastest that gives a right product; on the CPU in the end. A device that fails in the
 * middle is given up for the CPU, which `onNotice` is told in a sentence.
 */
export async function openGemm(
  env: Env,
  choice: ProviderChoice,
  onNotice: (notice: string) => void = () => undefined,
): Promise<DeviceGemm> {
  for (const provider of wanted(env, choice)) {
    try {
      const gemm = await createGemm(env, provider);
      if (await isRight(gemm)) return orOnCpu(env, gemm, onNotice);
      await gemm.release();
      env.log("score.gemm", `${provider} multiplies wrongly`);
    } catch (error) {
      env.log("score.gemm", `${provider} can't multiply (${firstLine(error)})`);
    }
  }
  return await createGemm(env, "cpu");
}

/** What is named is tried even where it seems not to be usable; TensorRT's card multiplies by CUDA. */
function wanted(env: Env, choice: ProviderChoice): readonly Provider[] {
  if (choice === "auto") {
    const usable = listProviders(env).filter(({ isUsable }) => isUsable);
    return fastest.filter((provider) => usable.some((state) => state.provider === provider));
  }
  const named = choice === "tensorrt" ? "cuda" : choice;
  return fastest.filter((provider) => provider === named);
}

/** A product that fails (memory that ran out, a device that is lost) is made again on the CPU, and so are all that follow. */
export function orOnCpu(env: Env, onDevice: DeviceGemm, onNotice: (notice: string) => void): DeviceGemm {
  let gemm = onDevice;
  const attempt = async <Result>(work: (on: DeviceGemm) => Promise<Result>): Promise<Result> => {
    try {
      return await work(gemm);
    } catch (error) {
      if (gemm.provider === "cpu") throw error;
      const notice = `${gemm.provider} failed at a product (${firstLine(error)}): the rest is computed on the CPU`;
      env.log("score.gemm", notice);
      onNotice(notice);
      await gemm.release().catch((left: unknown) => env.log("score.gemm", `it was not given back: ${firstLine(left)}`));
      gemm = await createGemm(env, "cpu");
      return await work(gemm);
    }
  };
  return {
    get provider() {
      return gemm.provider;
    },
    multiply: (a, b, dim) => attempt((on) => on.multiply(a, b, dim)),
    multiplyPlain: (a, b, shape) => attempt((on) => on.multiplyPlain(a, b, shape)),
    multiplyWithMaxima: (a, b, dim) => attempt((on) => on.multiplyWithMaxima(a, b, dim)),
    release: () => gemm.release(),
  };
}

async function isRight(gemm: DeviceGemm): Promise<boolean> {
  const product = await gemm.multiply(Float32Array.of(1, 2, 3, 4), Float32Array.of(5, 6, 7, 8), 2);
  return [17, 23, 39, 53].every((expected, at) => product[at] === expected);
}
