import { MessageChannel } from "node:worker_threads";
import type { MessagePort } from "node:worker_threads";
import { afterEach, describe, expect, it } from "vitest";
import { createMessageConnection, PortMessageReader, PortMessageWriter } from "vscode-jsonrpc/node";
import type { Handlers, Peer } from "../../../src/protocol/rpc.ts";
import { ClosedError, connect, RemoteError } from "../../../src/protocol/rpc.ts";

interface TestApi {
  double: { params: { value: number }; result: number };
  fail: { params: null; result: null };
  nothing: { params: null; result: null };
  wait: { params: { steps: number }; result: string; progress: { done: number } };
  never: { params: null; result: null };
  mirror: { params: { values: Float32Array; bytes: Uint8Array }; result: { values: Float32Array; bytes: Uint8Array } };
  unsendable: { params: null; result: unknown };
}
interface NoApi {
  unused: { params: null; result: null };
}

class OddError extends Error {
  constructor() {
    super("The cat sat on the keyboard");
    this.name = "OddError";
  }
}

/** What the handlers saw. */
interface Seen {
  readonly calls: string[];
  cancelled: number;
}

const seen: Seen = { calls: [], cancelled: 0 };
const handlers: Handlers<TestApi> = {
  double: ({ value }) => {
    seen.calls.push("double");
    return value * 2;
  },
  fail: () => {
    throw new OddError();
  },
  nothing: () => undefined as unknown as null,
  wait: async ({ steps }, { signal, onProgress }) => {
    for (let done = 1; done <= steps; done += 1) {
      onProgress({ done });
      await new Promise((resolve) => setImmediate(resolve));
      if (signal.aborted) {
        seen.cancelled += 1;
        throw signal.reason;
      }
    }
    return "waited";
  },
  never: () => new Promise(() => undefined),
  mirror: (params) => params,
  unsendable: () => () => "a function",
};

const ports: MessagePort[] = [];
function createPair(): { peer: Peer<TestApi>; far: Peer<NoApi>; ports: readonly [MessagePort, MessagePort] } {
  const { port1, port2 } = new MessageChannel();
  ports.push(port1, port2);
  const join = (port: MessagePort) => createMessageConnection(new PortMessageReader(port), new PortMessageWriter(port));
  const far = connect<TestApi, NoApi>(join(port2), handlers);
  return { peer: connect<NoApi, TestApi>(join(port1), { unused: () => null }), far, ports: [port1, port2] };
}

afterEach(() => {
  for (const port of ports.splice(0)) port.close();
  seen.calls.length = 0;
  seen.cancelled = 0;
});

describe("a call", () => {
  it("is answered", async () => {
    const { peer } = createPair();
    expect(await peer.call("double", { value: 21 })).toBe(42);
    expect(peer.pending).toBe(0);
  });

  it("rejects with the message, class and stack of what the handler threw", async () => {
    const { peer } = createPair();
    const error = await peer.call("fail", null).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(RemoteError);
    expect(error).toMatchObject({ message: "The cat sat on the keyboard", kind: "OddError" });
    expect((error as RemoteError).detail).toContain("rpc.test.ts");
    expect(peer.pending).toBe(0);
  });

  it("gives null where the handler gives nothing", async () => {
    expect(await createPair().peer.call("nothing", null)).toBeNull();
  });

  it("rejects for a method that is not there, and for one that only the prototype has", async () => {
    const { peer } = createPair();
    for (const method of ["missing", "toString", "constructor", "__proto__", "hasOwnProperty"]) {
      await expect(peer.call(method as "fail", null), method).rejects.toBeInstanceOf(RemoteError);
    }
    expect(peer.pending).toBe(0);
  });

  it("takes arrays of numbers there and back as they are", async () => {
    const { peer } = createPair();
    const sent = { values: Float32Array.of(1.5, Number.NaN, -0), bytes: new Uint8Array(100_000).fill(7).subarray(10, 90_000) };
    const { values, bytes } = await peer.call("mirror", sent);
    expect(values).toBeInstanceOf(Float32Array);
    expect([...values]).toEqual([1.5, Number.NaN, -0]);
    expect(bytes).toEqual(sent.bytes);
  });

  it("tells progress in its order and to the caller it belongs to, before the answer", async () => {
    const { peer } = createPair();
    const told: string[] = [];
    const wait = (name: string, steps: number) =>
      peer.call("wait", { steps }, { onProgress: ({ done }) => told.push(`${name}${done}`) }).then(() => told.push(`${name} end`));
    await Promise.all([wait("a", 2), wait("b", 3)]);
    expect(told.filter((word) => word.startsWith("a"))).toEqual(["a1", "a2", "a end"]);
    expect(told.filter((word) => word.startsWith("b"))).toEqual(["b1", "b2", "b3", "b end"]);
  });

  it("rejects instead of waiting for ever when its question or its answer can't be sent", async () => {
    const { peer } = createPair();
    await expect(peer.call("mirror", { values: (() => 1) as never, bytes: new Uint8Array(0) })).rejects.toThrow();
    await expect(peer.call("unsendable", null)).rejects.toThrow(/could not be cloned/);
    expect(peer.pending).toBe(0);
  });
});

describe("cancelling", () => {
  it("reaches the handler, and rejects with the caller's own reason", async () => {
    const { peer } = createPair();
    const cancellation = new AbortController();
    const reason = new Error("The person closed the panel");
    const call = peer.call("wait", { steps: 1e6 }, { signal: cancellation.signal, onProgress: () => cancellation.abort(reason) });
    await expect(call).rejects.toBe(reason);
    expect(seen.cancelled).toBe(1);
    expect(peer.pending).toBe(0);
  });

  it("keeps a call that is cancelled before it from being sent", async () => {
    const { peer } = createPair();
    const reason = new Error("Too late");
    await expect(peer.call("double", { value: 1 }, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    await peer.call("nothing", null);
    expect(seen.calls).toEqual([]);
  });

  it("leaves other calls alone", async () => {
    const { peer } = createPair();
    const cancellation = new AbortController();
    const stopped = peer.call("wait", { steps: 1e6 }, { signal: cancellation.signal }).catch(() => "stopped");
    const other = peer.call("wait", { steps: 5 });
    cancellation.abort();
    expect(await Promise.all([stopped, other])).toEqual(["stopped", "waited"]);
  });
});

describe("a peer that goes", () => {
  it("rejects every call that waits, and every later one", async () => {
    const { peer, ports } = createPair();
    const calls = [peer.call("never", null), peer.call("never", null), peer.call("wait", { steps: 1e6 })];
    const settled = Promise.allSettled(calls);
    expect(peer.pending).toBe(3);
    ports[1].close();
    for (const result of await settled) expect(result).toMatchObject({ status: "rejected", reason: expect.any(ClosedError) as unknown });
    await expect(peer.call("double", { value: 1 })).rejects.toBeInstanceOf(ClosedError);
    expect(peer.pending).toBe(0);
  });

  it("may be this side: disposing rejects what waits", async () => {
    const { peer } = createPair();
    const call = peer.call("never", null);
    peer.dispose();
    peer.dispose();
    await expect(call).rejects.toBeInstanceOf(ClosedError);
    await expect(peer.call("double", { value: 1 })).rejects.toBeInstanceOf(ClosedError);
  });

  it("stops the handlers that still work for it", async () => {
    const { peer, far } = createPair();
    const call = peer.call("wait", { steps: 1e6 });
    call.catch(() => undefined);
    await peer.call("nothing", null);
    far.dispose();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(seen.cancelled).toBe(1);
  });
});
