import type { ChildProcess } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import type { RewriteAsks } from "../protocol/rewrites.ts";
import { type CallOptions, ClosedError, type Contract, type Handlers, type Peer } from "../protocol/rpc.ts";
import { type EngineChild, openEngineChild } from "./engineChild.ts";
import { EngineGoneError } from "./engineGoneError.ts";
import { planRestart, recentDeaths } from "./restarts.ts";
import { unlessAborted } from "./unlessAborted.ts";

/** How one of the engine's processes is kept. */
export interface ProcessOptions<Api extends Contract<Api>> {
  /** Starts the program. */
  readonly start: () => ChildProcess;
  /** Whether a call may be made again when the process died on it: it changes nothing. */
  readonly isRepeatable: (method: keyof Api & string) => boolean;
  /** Without calls for so long, the process is ended and gives its memory back. */
  readonly idleMs: number;
  /** With calls to answer and no sign of life for so long, it is killed. */
  readonly silenceMs: number;
  /** How long after a cancel it is killed where it goes on all the same; null is never. */
  readonly cancelGraceMs: number | null;
  /** Whether and when it is started again; `planRestart` where nothing is said. */
  readonly plan?: typeof planRestart;
  /** What the process asks beside its log. */
  readonly asks?: Handlers<RewriteAsks>;
  readonly log: (line: string) => void;
  /** Like `log`, for what should not happen. */
  readonly warn: (line: string) => void;
  /** Called when it died too often and isn't started again for a while. */
  readonly onGivenUp: (error: EngineGoneError) => void;
}

/** A process of the engine that is started when it is first called, and again when it died. */
export interface EngineProcess<Api extends Contract<Api>> extends Pick<Peer<Api>, "call"> {
  /** The process that runs now; undefined where none does. */
  readonly pid: number | undefined;
  /** Ends the process; the next call starts another, whatever happened before. */
  restart(): void;
  dispose(): void;
}

/**
 * Keeps a process of the engine. A call rejects as `Peer.call` does, with `EngineGoneError` where the process died; calls that change nothing are made once more
 * before that. A process that died is started again after a pause that grows, and after too many deaths not at all for two minutes.
 */
export function createEngineProcess<Api extends Contract<Api>>(options: ProcessOptions<Api>): EngineProcess<Api> {
  const life = createLife(options);
  let idle: NodeJS.Timeout | undefined;
  const rest = (): void => {
    clearTimeout(idle);
    idle = setTimeout(() => {
      if (life.child()?.pending === 0) life.letGo();
    }, options.idleMs).unref();
  };
  return {
    get pid() {
      return life.child()?.pid;
    },
    call: async (method, params, callOptions = {}) => {
      clearTimeout(idle);
      try {
        for (let isRepeated = false; ; isRepeated = true) {
          const child = await unlessAborted(life.open(), callOptions.signal);
          try {
            const kill = (): void => life.kill(child);
            return await callOrKill(kill, callOptions, options.cancelGraceMs, () => child.call(method, params, callOptions));
          } catch (error) {
            const mayRepeat = error instanceof ClosedError && !isRepeated && !life.isOver() && options.isRepeatable(method);
            if (!mayRepeat) throw error;
          }
        }
      } finally {
        rest();
      }
    },
    restart: () => {
      life.forgive();
      life.letGo();
    },
    dispose: () => {
      clearTimeout(idle);
      life.close();
    },
  };
}

interface Life<Api extends Contract<Api>> {
  readonly child: () => EngineChild<Api> | undefined;
  readonly open: () => Promise<EngineChild<Api>>;
  /** Ends the child, if there is one. The next call gets another, also while this one takes its time. */
  readonly letGo: () => void;
  readonly kill: (child: EngineChild<Api>) => void;
  /** Forgets earlier deaths. */
  readonly forgive: () => void;
  readonly close: () => void;
  readonly isOver: () => boolean;
}

/** The starts and deaths of a process: at most one child at a time. */
function createLife<Api extends Contract<Api>>({ plan: planNext = planRestart, ...options }: ProcessOptions<Api>): Life<Api> {
  let child: EngineChild<Api> | undefined;
  let starting: Promise<EngineChild<Api>> | undefined;
  let deathsMs: readonly number[] = [];
  let isOver = false;

  const forget = (own: EngineChild<Api>): void => {
    if (child === own) child = undefined;
  };
  const letGo = (): void => {
    const own = child;
    child = undefined;
    own?.end();
  };
  const onDeath = (error: EngineGoneError): void => {
    options.warn(`The process died: ${[error.detail, ...error.output].join("\n")}`);
    deathsMs = [...recentDeaths(deathsMs, Date.now()), Date.now()];
    if (planNext(deathsMs, Date.now()).kind === "giveUp") options.onGivenUp(error);
  };
  const start = async (): Promise<EngineChild<Api>> => {
    const plan = planNext(deathsMs, Date.now());
    if (plan.kind === "giveUp") throw new EngineGoneError("givenUp", `it died ${deathsMs.length} times in a short while`);
    if (plan.delayMs > 0) await sleep(plan.delayMs, undefined, { ref: false });
    if (isOver) throw new EngineGoneError("closing", "the window closes");
    const opened = openEngineChild<Api>(startOrFail(options.start, onDeath), {
      ...options,
      onGone: (error) => {
        forget(opened);
        if (error.reason !== "stopped") onDeath(error);
      },
    });
    options.log(`Process ${opened.pid ?? "without a number"} started`);
    return (child = opened);
  };
  return {
    child: () => child,
    open: () => {
      if (isOver) return Promise.reject(new EngineGoneError("closing", "the window closes"));
      if (child !== undefined) return Promise.resolve(child);
      return (starting ??= start().finally(() => (starting = undefined)));
    },
    letGo,
    kill: (own) => {
      forget(own);
      own.kill();
    },
    forgive: () => void (deathsMs = []),
    close: () => {
      isOver = true;
      letGo();
    },
    isOver: () => isOver,
  };
}

/** A program that the system refuses to start at once fails like one that it refuses a moment later. */
function startOrFail(start: () => ChildProcess, onDeath: (error: EngineGoneError) => void): ChildProcess {
  try {
    return start();
  } catch (error) {
    const gone = new EngineGoneError("cannotStart", error instanceof Error ? error.message : String(error));
    onDeath(gone);
    throw gone;
  }
}

/** Makes a call, and kills the child that answers it when it goes on for some time after the call was stopped. */
async function callOrKill<Result>(
  kill: () => void,
  { signal }: CallOptions<never>,
  graceMs: number | null,
  call: () => Promise<Result>,
): Promise<Result> {
  let grace: NodeJS.Timeout | undefined;
  const onAbort = (): void => {
    if (graceMs !== null) grace = setTimeout(kill, graceMs);
  };
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    return await call();
  } finally {
    clearTimeout(grace);
    signal?.removeEventListener("abort", onAbort);
  }
}
