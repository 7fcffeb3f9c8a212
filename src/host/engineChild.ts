import type { ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { createMessageConnection, IPCMessageReader, IPCMessageWriter } from "vscode-jsonrpc/node";
import type { EngineToHost } from "../protocol/computeApi.ts";
import { type Call, ClosedError, connect, type Contract, type Handlers, type Peer } from "../protocol/rpc.ts";
import type { RewriteAsks } from "../protocol/rewrites.ts";
import { noAsks } from "./engineAsks.ts";
import { EngineGoneError } from "./engineGoneError.ts";

/** What a child is watched for, and where it is told. */
export interface ChildWatch {
  /** A child that has calls to answer and doesn't react for so long is killed. */
  readonly silenceMs: number;
  /** One line that the child wrote or logged. */
  readonly log: (line: string) => void;
  /** What the child asks beside its log; nothing is answered where it is missing. */
  readonly asks?: Handlers<RewriteAsks>;
  /** The child is gone. Called once; its reason is "stopped" where `end` or `kill` did it. */
  readonly onGone: (error: EngineGoneError) => void;
}

/** A running child of the engine. What waits for it when it goes rejects with `EngineGoneError`. */
export interface EngineChild<Api extends Contract<Api>> extends Pick<Peer<Api>, "call" | "pending"> {
  readonly pid: number | undefined;
  /** Lets the child end by itself, which gives its locks back; one that doesn't is killed. */
  end(): void;
  kill(): void;
}

interface Ping {
  readonly ping: Call & { readonly params: null; readonly result: null };
}

const beatsPerSilence = 4;

/** So many of the last lines that a child wrote are told when it dies. */
const outputKept = 20;

/** After its exit its last lines are waited for so long. */
const lastLinesMs = 100;

/** A child that was let go of may take so long to end by itself. */
const lastWordMs = 500;

/** Takes a forked process for a child of the engine: joins it, logs what it writes, and ends it when it hangs. */
export function openEngineChild<Api extends Contract<Api>>(process: ChildProcess, watch: ChildWatch): EngineChild<Api> {
  const handlers: Handlers<EngineToHost> = {
    ...(watch.asks ?? noAsks),
    log: ({ tag, text }) => {
      watch.log(`[${tag}] ${text}`);
      return null;
    },
  };
  const peer = connect<EngineToHost, Api>(createMessageConnection(new IPCMessageReader(process), new IPCMessageWriter(process)), handlers);
  const output: string[] = [];
  const onLine = (line: string): void => {
    watch.log(line);
    output.push(line);
    if (output.length > outputKept) output.shift();
  };
  for (const stream of [process.stdout, process.stderr]) if (stream !== null) createInterface(stream).on("line", onLine);

  let wasStopped = false;
  const gone = createGone((error) => {
    clearInterval(heart);
    peer.dispose();
    watch.onGone(error);
  });
  const leave = (detail: string): void => gone.tell(new EngineGoneError(wasStopped ? "stopped" : "ended", detail, output));
  process.on("error", (error) => {
    if (process.pid === undefined) gone.tell(new EngineGoneError("cannotStart", error.message));
    else watch.log(`The process reports ${error.message}`);
  });
  const leaveWith = (code: number | null, signal: string | null): void => leave(signal === null ? `exit code ${code}` : `signal ${signal}`);
  process.on("close", leaveWith); // its last words are read by then; a process of its own may hold them up
  process.on("exit", (code, signal) => setTimeout(leaveWith, lastLinesMs, code, signal));
  // A child that can't be talked to is of no use; our own exits when it sees that.
  process.on("disconnect", () => setTimeout(() => process.kill("SIGKILL"), lastWordMs).unref());

  const heart = watchHeart(peer, watch.silenceMs, () => {
    watch.log(`The process did not react for ${watch.silenceMs / 1_000} s and is ended`);
    process.kill("SIGKILL");
  });
  return {
    pid: process.pid,
    get pending() {
      return peer.pending;
    },
    call: async (method, params, options) => {
      try {
        return await peer.call(method, params, options);
      } catch (error) {
        if (!(error instanceof ClosedError)) throw error;
        if (process.connected) process.disconnect();
        throw await gone.error;
      }
    },
    end: () => {
      wasStopped = true;
      if (process.connected) process.disconnect();
    },
    kill: () => {
      wasStopped = true;
      process.kill("SIGKILL");
    },
  };
}

interface Gone {
  /** Resolves with the first that is told. */
  readonly error: Promise<EngineGoneError>;
  readonly tell: (error: EngineGoneError) => void;
}

function createGone(onGone: (error: EngineGoneError) => void): Gone {
  let resolve: (error: EngineGoneError) => void = () => undefined;
  let isTold = false;
  const error = new Promise<EngineGoneError>((give) => (resolve = give));
  return {
    error,
    tell: (told) => {
      if (isTold) return;
      isTold = true;
      resolve(told);
      onGone(told);
    },
  };
}

/**
 * Asks a child that has calls to answer whether it is alive, some times within `silenceMs`. Any answer will do, also that it doesn't know the question. Beats
 * are counted rather than hours, so that a machine that slept doesn't look like a child that hangs.
 */
function watchHeart<Api extends Contract<Api>>(peer: Peer<Api>, silenceMs: number, onSilence: () => void): NodeJS.Timeout {
  const heart = peer as unknown as Peer<Ping>;
  let missed = 0;
  let isAsking = false;
  const timer = setInterval(() => {
    if (!isAsking) {
      missed = 0;
      if (peer.pending === 0) return;
      isAsking = true;
      void heart
        .call("ping", null)
        .catch(() => undefined)
        .finally(() => (isAsking = false));
      return;
    }
    missed += 1;
    if (missed >= beatsPerSilence) onSilence();
  }, silenceMs / beatsPerSilence);
  return timer.unref();
}
