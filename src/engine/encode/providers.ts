import { existsSync, readdirSync } from "node:fs";
import type { Env } from "../env.ts";
import { createSession, listBackends } from "./session.ts";
import type { Provider, Session } from "./session.ts";

/** What a person asks for: a provider, or the fastest that works. */
export type ProviderChoice = "auto" | Provider;

/** Whether a provider can be used here; `why` says what is missing where it cannot. What the runtime does not bring along is not even tried. */
export interface ProviderState {
  readonly provider: Provider;
  readonly isBundled: boolean;
  readonly isUsable: boolean;
  readonly why: string | undefined;
}

/** A session on the first provider that worked. `notice` is a sentence for the person where it is not the one asked for. */
export interface ProvidedSession {
  readonly session: Session;
  readonly notice: string | undefined;
}

/** Fastest first. */
const providers: readonly Provider[] = ["cuda", "webgpu", "cpu"];

/** Tells for each provider whether it can be used here, and why not: cheap, without loading a graph. */
export function listProviders(): readonly ProviderState[] {
  const backends = listBackends();
  return providers.map((provider) => {
    const isBundled = backends.find((backend) => backend.name === provider)?.isBundled ?? false;
    const why = whyNot(provider, isBundled);
    return { provider, isBundled, isUsable: why === undefined, why };
  });
}

/** Loads a graph on the provider that is asked for, or on the next best; on the CPU in the end. Throws when the CPU cannot run it either. */
export async function openSession(
  env: Env,
  graph: string,
  { provider, threads }: { provider: ProviderChoice; threads?: number },
): Promise<ProvidedSession> {
  const states = listProviders();
  const tried = states.filter((state) => (provider === "auto" ? state.isUsable : state.provider === provider || state.provider === "cpu"));
  const failures: string[] = [];
  for (const state of tried.filter((candidate) => candidate.provider !== "cpu")) {
    try {
      if (!state.isBundled) throw new Error(state.why);
      return { session: await createSession(env, graph, { provider: state.provider }), notice: undefined };
    } catch (error) {
      failures.push(`${state.provider} cannot be used (${state.why ?? firstLine(error)})`);
      env.log("encode.provider", failures.at(-1)!);
    }
  }
  const session = await createSession(env, graph, { provider: "cpu", ...(threads === undefined ? {} : { threads }) });
  return { session, notice: failures.length === 0 ? undefined : `${failures.join("; ")}: encoding runs on the CPU` };
}

function whyNot(provider: Provider, isBundled: boolean): string | undefined {
  switch (provider) {
    case "cpu":
      return undefined;
    case "cuda":
      return isBundled ? undefined : "onnxruntime-node comes without CUDA on this platform";
    case "webgpu":
      if (!isBundled) return "onnxruntime-node comes without WebGPU on this platform";
      return process.platform === "linux" && !hasGraphicsDevice()
        ? "no graphics device is visible: /dev/dri, /dev/dxg and /dev/nvidia0 are missing"
        : undefined;
  }
}

/** Asked before WebGPU is chosen by itself, for on a software rasteriser it is no gain (0.06 images/s seen); who names it gets it tried. */
function hasGraphicsDevice(): boolean {
  if (existsSync("/dev/dxg") || existsSync("/dev/nvidia0")) return true;
  return existsSync("/dev/dri") && readdirSync("/dev/dri").some((name) => name.startsWith("renderD"));
}

function firstLine(error: unknown): string {
  return (error as Error).message.split("\n")[0]!;
}
