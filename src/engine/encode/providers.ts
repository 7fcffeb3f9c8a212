import { providers } from "../../core/providers.ts";
import type { Provider } from "../../core/providers.ts";
import type { Env } from "../env.ts";
import { findDevices } from "./devices.ts";
import type { Devices } from "./devices.ts";
import { findNvidia, prepareNvidia } from "./nvidia.ts";
import { createSession, listBackends } from "./session.ts";
import type { Session } from "./session.ts";

/**
 * Whether a provider can be used here; `why` says what is missing where it cannot, and what to do. `isBundled` is false where the runtime comes without it;
 * `device` is what it would run on, where the system tells.
 */
export interface ProviderState {
  readonly provider: Provider;
  readonly isBundled: boolean;
  readonly isUsable: boolean;
  readonly why: string | undefined;
  readonly device: string | undefined;
}

/** A session on the provider that was asked for, or on the CPU. `notice` is a sentence for the person where it is not the one asked for. */
export interface ProvidedSession {
  readonly session: Session;
  readonly notice: string | undefined;
}

/** Tells for each provider whether it can be used here, and why not: cheap, without loading a graph. */
export function listProviders(env: Env): readonly ProviderState[] {
  const backends = listBackends();
  const devices = findDevices();
  return providers.map((provider) => {
    const backend = backends.find(({ name }) => name === provider);
    const why = backend === undefined ? notOnThisSystem(provider) : whyNot(env, provider, devices);
    return { provider, isBundled: backend?.isBundled ?? false, isUsable: why === undefined, why, device: deviceOf(provider, devices) };
  });
}

/**
 * Loads a graph on a provider, or on the CPU where that doesn't work. WebGPU is tried although no device is visible: whoever names it may have a software one.
 * Throws when the CPU cannot run it either.
 */
export async function openSession(
  env: Env,
  graph: string,
  { provider, threads }: { provider: Provider; threads?: number },
): Promise<ProvidedSession> {
  const onCpu = { provider: "cpu", ...(threads === undefined ? {} : { threads }) } as const;
  if (provider === "cpu") return { session: await createSession(env, graph, onCpu), notice: undefined };
  try {
    return { session: await createSessionOn(env, graph, provider), notice: undefined };
  } catch (error) {
    const failure = `${provider} cannot be used (${firstLine(error)})`;
    env.log("encode.provider", failure);
    return { session: await createSession(env, graph, onCpu), notice: `${failure}: encoding runs on the CPU` };
  }
}

/** Loads a graph on this provider alone, with the libraries that it needs. Throws what is missing, or what the runtime says. */
export async function createSessionOn(env: Env, graph: string | Uint8Array, provider: Provider): Promise<Session> {
  if (provider === "cpu") return await createSession(env, graph, { provider });
  const state = listProviders(env).find((one) => one.provider === provider)!;
  if (state.why !== undefined && provider !== "webgpu") throw new Error(state.why);
  if (provider === "cuda" || provider === "tensorrt") prepareNvidia(env, findNvidia(env, provider, findDevices()));
  return await createSession(env, graph, { provider });
}

/** What went wrong, in a line: CUDA's errors hide their reason within a page of types, and checks that failed behind their source. */
export function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const [line] = message.split("\n");
  return /CUDA failure \d+: [^;\n]+/.exec(message)?.[0].trim() ?? / was false\. (.+)/.exec(line!)?.[1] ?? line!;
}

function notOnThisSystem(provider: Provider): string {
  const systems: Readonly<Record<Provider, string>> = {
    cpu: "every system",
    webgpu: "Windows, macOS and Linux",
    cuda: "Linux on x64",
    tensorrt: "Linux on x64",
    coreml: "macOS",
    dml: "Windows",
  };
  return `onnxruntime-node has it on ${systems[provider]} only`;
}

function whyNot(env: Env, provider: Provider, devices: Devices): string | undefined {
  switch (provider) {
    case "cpu":
    case "coreml":
    case "dml":
      return undefined;
    case "cuda":
    case "tensorrt": {
      const { missing } = findNvidia(env, provider, devices);
      return missing.length === 0 ? undefined : missing.join("; ");
    }
    case "webgpu":
      // Asked before WebGPU is chosen by itself, for on a software rasteriser it is no gain (0.06 images/s seen).
      return process.platform === "linux" && devices.renderNodes.length === 0 && devices.nvidia.length === 0
        ? "no graphics device is visible (/dev/dri, /dev/dxg and /dev/nvidia0 are missing): install the card's driver, or give the container its device"
        : undefined;
  }
}

function deviceOf(provider: Provider, { nvidia, driver, renderNodes }: Devices): string | undefined {
  const cards = nvidia.map((card) => (driver === undefined ? card : `${card}, driver ${driver}`)).join("; ");
  switch (provider) {
    case "cuda":
    case "tensorrt":
      return cards || undefined;
    case "webgpu":
      return cards || renderNodes.join("; ") || undefined;
    case "cpu":
    case "coreml":
    case "dml":
      return undefined;
  }
}
