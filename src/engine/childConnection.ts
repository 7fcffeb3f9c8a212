import { createMessageConnection, IPCMessageReader, IPCMessageWriter } from "vscode-jsonrpc/node";
import type { EngineToHost } from "../protocol/computeApi.ts";
import type { Contract, Handlers, Peer } from "../protocol/rpc.ts";
import { connect } from "../protocol/rpc.ts";

/**
 * Joins this process to the one that forked it, over Node's own channel: answers its requests and gives a peer for what goes the other way.
 * The parent forks with `serialization: "advanced"`, so that numbers travel as the arrays that they are.
 */
export function connectToParent<Api extends Contract<Api>>(handlers: Handlers<Api>): Peer<EngineToHost> {
  if (process.send === undefined) throw new Error("Expected to be forked by Winnow: this program talks to its parent alone");
  return connect<Api, EngineToHost>(createMessageConnection(new IPCMessageReader(process), new IPCMessageWriter(process)), handlers);
}
