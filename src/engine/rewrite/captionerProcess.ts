import { fork } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { createMessageConnection, IPCMessageReader, IPCMessageWriter } from "vscode-jsonrpc/node";
import type { CaptionerApi } from "../../protocol/captioner.ts";
import type { EngineToHost } from "../../protocol/computeApi.ts";
import { connect, type Peer } from "../../protocol/rpc.ts";
import type { Env } from "../env.ts";

/** A process of its own for a captioner. What waits for it when it goes rejects with `ClosedError`. */
export interface CaptionerProcess extends Pick<Peer<CaptionerApi>, "call"> {
  readonly pid: number | undefined;
  /** How it ended, in words; resolves when it has. */
  readonly ended: Promise<string>;
  /** Ends it at once, whatever it computes. */
  kill(): void;
}

const program = fileURLToPath(new URL(import.meta.url.endsWith(".ts") ? "../childMain.ts" : "./childMain.js", import.meta.url));

/** Starts a process for a captioner. It brings a runtime of its own, which must not meet the engine's in one process, and its memory goes when it ends. */
export function startCaptioner(env: Env): CaptionerProcess {
  const child = fork(program, ["captioner"], {
    serialization: "advanced",
    execArgv: [],
    stdio: ["ignore", "ignore", "pipe", "ipc"], // stdout may be the one of a command whose output is read by a program
    env: { ...process.env, ...(process.versions["electron"] === undefined ? {} : { ELECTRON_RUN_AS_NODE: "1" }) },
  });
  const connection = createMessageConnection(new IPCMessageReader(child), new IPCMessageWriter(child));
  const peer = connect<Pick<EngineToHost, "log">, CaptionerApi>(connection, {
    log: ({ tag, text }) => {
      env.log(tag, text);
      return null;
    },
  });
  if (child.stderr !== null) createInterface(child.stderr).on("line", (line) => env.log("rewrite.captioner", line));
  const ended = new Promise<string>((resolve) => {
    child.once("exit", (code, signal) => resolve(signal === null ? `exit code ${code}` : `signal ${signal}`));
    child.once("error", (error) => resolve(error.message));
  });
  void ended.then(() => peer.dispose());
  return { pid: child.pid, ended, kill: () => void child.kill("SIGKILL"), call: (...asked) => peer.call(...asked) };
}
