import { readEncoder } from "../encode/encoderFolder.ts";
import { listEncoders } from "../encode/encoders.ts";
import type { Env } from "../env.ts";

/** An encoder that can be named, with what it takes; `problem` is a sentence where its folder can't be used. */
export interface DescribedEncoder {
  readonly id: string;
  readonly folder: string;
  readonly builtin: boolean;
  readonly encoderId: string | null;
  readonly dim: number | null;
  readonly contextLength: number | null;
  readonly note: string | null;
  readonly problem: string | null;
}

/** The encoders that can be named with `--encoder`, the built-in one first. */
export async function describeEncoders(env: Env): Promise<DescribedEncoder[]> {
  const described: DescribedEncoder[] = [];
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
