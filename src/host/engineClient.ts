import { fork } from "node:child_process";
import type { ComputeApi } from "../protocol/computeApi.ts";
import type { Contract, Peer } from "../protocol/rpc.ts";
import type { StoreApi } from "../protocol/storeApi.ts";
import type { StoreRequest } from "./captions/unsaved.ts";
import { type ChildChoice, forkOptions } from "./childOptions.ts";
import { relayAsks, type HostModels } from "./engineAsks.ts";
import type { EngineGoneError } from "./engineGoneError.ts";
import { storeEffects } from "./engineMethods.ts";
import { createEngineProcess, type EngineProcess, type ProcessOptions } from "./engineProcess.ts";

/** The calling half of a peer: what there is to ask, whichever process answers. */
export type Caller<Api extends Contract<Api>> = Pick<Peer<Api>, "call">;

/**
 * The engine's processes, started when they are first asked. `runner` carries out runs, `searcher` answers questions that need a model, so that
 * neither waits for the other.
 */
export interface EngineClient {
  readonly store: Caller<StoreApi>;
  readonly runner: Caller<ComputeApi>;
  readonly searcher: Caller<ComputeApi>;
  dispose(): void;
}

/** The engine as the extension owns it. */
export interface Engine extends EngineClient {
  /** Ends the processes; the next question starts others, also after the engine was given up. */
  restart(): void;
}

/** What the engine is made with. */
export interface EngineParts {
  /** The engine's program. */
  readonly program: string;
  /** Looked at whenever a process starts. */
  readonly choose: () => ChildChoice;
  readonly isTrusted: () => boolean;
  /** The editor's models; prompts are refused where they are missing. */
  readonly models?: HostModels;
  readonly log: (line: string) => void;
  /** Like `log`, for what should not happen. */
  readonly warn: (line: string) => void;
  /** Runs before every request that writes; where it rejects, the request does, and reaches no process. */
  readonly beforeWrite: (request: StoreRequest, store: Caller<StoreApi>) => Promise<void>;
  /** A request has changed something of a dataset, or may have: it may also have failed halfway. */
  readonly onDidWrite: (root: string) => void;
  /** A process died too often, and isn't started again for a while. */
  readonly onGivenUp: (error: EngineGoneError) => void;
}

/** Something was asked for that only a trusted workspace gets. */
export class NotTrustedError extends Error {
  constructor() {
    super("This workspace is not trusted: datasets can be looked at, but nothing is run or changed");
    this.name = "NotTrustedError";
  }
}

const minuteMs = 60_000;

/** The store never blocks for long; a batch of a large model, or a driver that compiles its programs, holds a compute process for minutes. */
const silenceMs = { store: 20_000, compute: 5 * minuteMs } as const;

/** A model held in memory is dear, the store's open tables are not. */
const idleMs = { store: 30 * minuteMs, runner: minuteMs, searcher: 5 * minuteMs } as const;

/** A cancel is to be over within a second, the end of the process included. */
const cancelGraceMs = 800;

/** Makes the engine; nothing is started before the first question. */
export function createEngineClient(parts: EngineParts): Engine {
  const options = <Api extends Contract<Api>>(
    name: string,
    role: "store" | "compute",
  ): Omit<ProcessOptions<Api>, "isRepeatable" | "idleMs" | "cancelGraceMs"> => ({
    start: () => fork(parts.program, [role], forkOptions(parts.choose())),
    silenceMs: silenceMs[role],
    log: (line) => parts.log(`${name}: ${line}`),
    warn: (line) => parts.warn(`${name}: ${line}`),
    onGivenUp: parts.onGivenUp,
  });
  const openCompute = (name: "runner" | "searcher"): EngineProcess<ComputeApi> =>
    createEngineProcess<ComputeApi>({
      ...options<ComputeApi>(name, "compute"),
      isRepeatable: (method) => method !== "run" && method !== "quantizeEncoder",
      idleMs: idleMs[name],
      cancelGraceMs,
    });
  const [runner, searcher] = [openCompute("runner"), openCompute("searcher")];
  const store = createEngineProcess<StoreApi>({
    ...options<StoreApi>("store", "store"),
    asks: relayAsks(searcher, parts.models),
    isRepeatable: (method) => storeEffects[method] === "reads",
    idleMs: idleMs.store,
    cancelGraceMs: null,
  });
  const processes = [store, runner, searcher];
  return {
    store: guarded<StoreApi>(
      asking(noting(store, parts.onDidWrite), parts.beforeWrite),
      (method) => storeEffects[method] === "reads" || parts.isTrusted(),
    ),
    runner: guarded<ComputeApi>(runner, parts.isTrusted),
    searcher: guarded<ComputeApi>(searcher, parts.isTrusted),
    restart: () => {
      for (const each of processes) each.restart();
    },
    dispose: () => {
      for (const each of processes) each.dispose();
    },
  };
}

/** Tells of every request that writes, when it is over. */
function noting(store: Caller<StoreApi>, onDidWrite: (root: string) => void): Caller<StoreApi> {
  return {
    call: async (method, params, callOptions) => {
      try {
        return await store.call(method, params, callOptions);
      } finally {
        if (storeEffects[method] === "writes" && params !== null && "root" in params) onDidWrite(params.root);
      }
    },
  };
}

/** Asks before every request that writes. */
function asking(store: Caller<StoreApi>, beforeWrite: EngineParts["beforeWrite"]): Caller<StoreApi> {
  return {
    call: async (method, params, callOptions) => {
      if (storeEffects[method] === "writes") await beforeWrite({ method, params } as StoreRequest, store);
      return await store.call(method, params, callOptions);
    },
  };
}

/** Lets through what is allowed now; the rest rejects with `NotTrustedError` and reaches no process. */
function guarded<Api extends Contract<Api>>(process: Caller<Api>, isAllowed: (method: keyof Api & string) => boolean): Caller<Api> {
  return {
    call: (method, params, callOptions) =>
      isAllowed(method) ? process.call(method, params, callOptions) : Promise.reject(new NotTrustedError()),
  };
}
