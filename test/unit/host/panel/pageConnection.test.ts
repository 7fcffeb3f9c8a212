import { serialize, deserialize } from "node:v8";
import { describe, expect, it } from "vitest";
import { giveOwnBuffers, methodOf } from "../../../../src/host/panel/pageConnection.ts";

describe("giveOwnBuffers", () => {
  it("gives each view of a larger buffer a buffer of its own, with the same values", () => {
    const large = new ArrayBuffer(1_000);
    const message = {
      bytes: new Uint8Array(large, 10, 20).fill(7),
      nested: [{ values: new Float32Array(large, 400, 5).fill(0.5) }, { offsets: new Uint32Array(large, 800, 3).fill(9) }],
    };
    const expected = structuredClone(message);
    giveOwnBuffers(message);
    expect(message).toEqual(expected);
    expect(message.bytes.buffer.byteLength).toBe(20);
    expect(message.nested[0]!.values!.buffer.byteLength).toBe(20);
    expect(message.nested[1]!.offsets!.buffer.byteLength).toBe(12);
  });

  it("makes plain bytes of Node's buffers", () => {
    const message = { bytes: Buffer.from("small, and so from Node's pool") };
    giveOwnBuffers(message);
    expect(message.bytes.constructor).toBe(Uint8Array);
    expect(message.bytes.buffer.byteLength).toBe(message.bytes.byteLength);
  });

  it("leaves alone what has its own buffer already, and everything that is no view", () => {
    const values = Float32Array.of(1, Number.NaN);
    const message = { values, text: "a", number: 1, nothing: null, list: [1, null, "b"] };
    giveOwnBuffers(message);
    expect(message).toEqual({ values, text: "a", number: 1, nothing: null, list: [1, null, "b"] });
    expect(message.values).toBe(values);
  });

  it("frees what came from the engine's process from the message around it", () => {
    const message = deserialize(serialize({ a: "x".repeat(5_000), values: Float32Array.of(1, 2, 3) })) as { values: Float32Array };
    giveOwnBuffers(message);
    expect([...message.values]).toEqual([1, 2, 3]);
    expect(message.values.buffer.byteLength).toBe(12);
  });
});

describe("methodOf", () => {
  it("tells a request's method, and nothing of answers, notices and what isn't ours", () => {
    expect(methodOf({ jsonrpc: "2.0", id: 0, method: "ready", params: {} })).toBe("ready");
    for (const other of [
      { jsonrpc: "2.0", id: 0, result: 1 },
      { jsonrpc: "2.0", method: "$/cancelRequest" },
      { method: "ready" },
      null,
      "ready",
    ])
      expect(methodOf(other)).toBeUndefined();
  });
});
