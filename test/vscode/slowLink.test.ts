import { connect, createServer, type Server } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openSlowLink } from "./slowLink.ts";

describe("openSlowLink", () => {
  let server: Server;
  let port: number;
  beforeAll(async () => {
    server = createServer((socket) => socket.on("data", (chunk) => socket.write(chunk)));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    port = (server.address() as { port: number }).port;
  });
  afterAll(() => server.close());

  /** Sends bytes to the echo over the link and gives the time until the last is back. */
  async function echo(linkPort: number, length: number): Promise<number> {
    const sent = Buffer.alloc(length, "winnow");
    const startMs = performance.now();
    const received = await new Promise<Buffer>((resolve, reject) => {
      const chunks: Buffer[] = [];
      const socket = connect(linkPort, "127.0.0.1", () => socket.write(sent));
      socket.on("error", reject);
      socket.on("data", (chunk: Buffer) => {
        chunks.push(chunk);
        const all = Buffer.concat(chunks);
        if (all.length < length) return;
        socket.destroy();
        resolve(all);
      });
    });
    expect(received.equals(sent)).toBe(true);
    return performance.now() - startMs;
  }

  it("takes the round trip for the smallest message", async () => {
    const link = await openSlowLink(port, { roundTripMs: 100, bitsPerSecond: 10_000_000 });
    const tookMs = await echo(link.port, 10);
    await link.close();
    expect(tookMs).toBeGreaterThan(95);
    expect(tookMs).toBeLessThan(400);
  });

  it("lets through what the line carries, whole and in order", async () => {
    const link = await openSlowLink(port, { roundTripMs: 0, bitsPerSecond: 10_000_000 });
    const length = 1_250_000; // one second each way, both at once
    const tookMs = await echo(link.port, length);
    await link.close();
    expect(tookMs).toBeGreaterThan(950);
    expect(tookMs).toBeLessThan(2_500);
    expect(link.bytes).toEqual({ up: length, down: length });
  });
});
