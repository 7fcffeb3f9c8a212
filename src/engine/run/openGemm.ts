import type { DeviceGemm } from "../encode/gemm.ts";
import { createGemm } from "../encode/gemm.ts";
import type { ProviderChoice } from "../encode/providers.ts";
import { listProviders } from "../encode/providers.ts";
import type { Env } from "../env.ts";

/** Opens the matrix engine on the provider that is asked for, or on the fastest that gives a right product; on the CPU in the end. */
export async function openGemm(env: Env, choice: ProviderChoice): Promise<DeviceGemm> {
  const usable = listProviders().filter(
    ({ provider, isUsable }) => isUsable && provider !== "cpu" && (choice === "auto" || choice === provider),
  );
  for (const { provider } of usable) {
    try {
      const gemm = await createGemm(env, provider);
      if (await isRight(gemm)) return gemm;
      await gemm.release();
    } catch (error) {
      env.log("score.gemm", `${provider} can't multiply (${error instanceof Error ? error.message : String(error)})`);
    }
  }
  return await createGemm(env, "cpu");
}

async function isRight(gemm: DeviceGemm): Promise<boolean> {
  const product = await gemm.multiply(Float32Array.of(1, 2, 3, 4), Float32Array.of(5, 6, 7, 8), 2);
  return [17, 23, 39, 53].every((expected, at) => product[at] === expected);
}
