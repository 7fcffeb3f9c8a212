import type { EncoderReport } from "../../protocol/computeApi.ts";
import { readEncoder } from "../encode/encoderFolder.ts";
import { listEncoders } from "../encode/encoders.ts";
import { readInt8Record } from "../encode/int8Record.ts";
import type { Env } from "../env.ts";

/** The encoders that can be named with `--encoder`, the built-in one first. */
export async function describeEncoders(env: Env): Promise<EncoderReport[]> {
  const described: EncoderReport[] = [];
  for (const { id, folder, isBuiltin, note } of await listEncoders(env)) {
    const common = { id, folder, builtin: isBuiltin, note: note ?? (await noteOfInt8(folder)) };
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

/** What is known of an encoder in eight bits that was made here. */
async function noteOfInt8(folder: string): Promise<string | null> {
  const record = await readInt8Record(folder);
  if (record === undefined) return null;
  const cosines = [record.image.minCosine, record.text.minCosine];
  const closeness = cosines.some((cosine) => cosine === null) ? "unknown" : Math.min(...cosines.map(Number)).toFixed(4);
  return `made of ${record.from} in eight bits, for the CPU: cosine to it at least ${closeness} on generated pictures and texts`;
}
