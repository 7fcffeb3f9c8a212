import type { ChildProcess } from "node:child_process";
import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createMessageConnection, IPCMessageReader, IPCMessageWriter } from "vscode-jsonrpc/node";
import { noAsks } from "../../src/host/engineAsks.ts";
import type { EngineToHost } from "../../src/protocol/computeApi.ts";
import type { Contract, Handlers, Peer } from "../../src/protocol/rpc.ts";
import { connect } from "../../src/protocol/rpc.ts";
import type { RewriteAsks } from "../../src/protocol/rewrites.ts";
import { checkout } from "./winnow.ts";

/** A child that was forked for a test, as the editor forks the engine's. */
export interface ForkedChild<Api extends Contract<Api>> {
  readonly process: ChildProcess;
  readonly peer: Peer<Api>;
  /** Lines of its log, `tag text`. */
  readonly lines: string[];
  /** Resolves with its exit code (null where a signal ended it). */
  readonly ended: Promise<number | null>;
}

/** Forks a program of the checkout; cache and data lie in `folder`. `asks` answers what the store asks beside its log. */
export function forkChild<Api extends Contract<Api>>(
  program: string,
  args: readonly string[],
  folder: string,
  asks: Handlers<RewriteAsks> = noAsks,
): ForkedChild<Api> {
  const child = fork(join(checkout, program), [...args], {
    serialization: "advanced",
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    env: { ...process.env, WINNOW_CACHE: join(folder, "cache"), WINNOW_DATA: join(folder, "data"), UV_THREADPOOL_SIZE: "6" },
    execArgv: [],
  });
  const lines: string[] = [];
  child.stderr!.on("data", (chunk: Buffer) => lines.push(`stderr ${chunk.toString()}`));
  const peer = connect<EngineToHost, Api>(createMessageConnection(new IPCMessageReader(child), new IPCMessageWriter(child)), {
    ...asks,
    log: ({ tag, text }) => {
      lines.push(`${tag} ${text}`);
      return null;
    },
  });
  return { process: child, peer, lines, ended: once(child, "exit").then(([code]) => code as number | null) };
}
