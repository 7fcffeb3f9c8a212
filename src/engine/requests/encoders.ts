import type { EncoderReport } from "../../protocol/computeApi.ts";
import { readEncoder } from "../encode/encoderFolder.ts";
import { listEncoders } from "../encode/encoders.ts";
import type { Env } from "../env.ts";

/** The encoders that can be named with `--encoder`, the built-in one first. */
export async function describeEncoders(env: Env): Promise<EncoderReport[]> {
  const described: EncoderReport[] = [];
  for (const { id, folder, isBuiltin, note } of await listEncoders(env)) {
    const common = { id, folder, builtin: isBuiltin, note: note ?? null };
    try {
      const { descriptor } = await readEncoder(env, folder);
      described.push({ ...common, encoderId: descriptor.id, dim: descriptor.dim, contextLength: descriptor.contextLength, problem: null });
    } catch (error) {
      described.push({
        ...common,
        encoderId: null,
        dim: null,
        contextLength: null,
        problem: error instanceof Error ? error.message : String(error),
      });
    }
  }
  return described;
}
