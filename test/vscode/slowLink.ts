import { connect, createServer, type Socket } from "node:net";

/** A link's measure: the time there and back, and what goes through in each direction. */
export interface LinkSpeed {
  readonly roundTripMs: number;
  readonly bitsPerSecond: number;
}

/** A slow link to a local server. */
export interface SlowLink {
  readonly port: number;
  /** Bytes that went through, by direction, seen from the one who connects. */
  readonly bytes: { up: number; down: number };
  close(): Promise<void>;
}

/** The link that the panel must not stall over: a server far away, over a modest line. */
export const farServer: LinkSpeed = { roundTripMs: 100, bitsPerSecond: 10_000_000 };

/** So much may wait in a direction before its source is told to pause: as long as the line takes for it, like a router's queue. */
const queueMs = 200;
const pieceBytes = 16_384;

/** Opens a port that leads to a local server over a slow link. All connections share the line, as a browser's do. */
export async function openSlowLink(targetPort: number, speed: LinkSpeed): Promise<SlowLink> {
  const bytes = { up: 0, down: 0 };
  const sockets = new Set<Socket>();
  const up = createLine(speed, (count) => (bytes.up += count));
  const down = createLine(speed, (count) => (bytes.down += count));
  const server = createServer((near) => {
    const far = connect({ port: targetPort, host: "127.0.0.1" });
    up(near, far);
    down(far, near);
    for (const socket of [near, far]) {
      sockets.add(socket.setNoDelay());
      socket.on("close", () => sockets.delete(socket));
      socket.on("error", () => {
        near.destroy();
        far.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("Expected a port of the slow link");
  return {
    port: address.port,
    bytes,
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** One direction of the line: each piece leaves when those before it have, and arrives half a round trip later. */
function createLine({ roundTripMs, bitsPerSecond }: LinkSpeed, count: (bytes: number) => void): (from: Socket, to: Socket) => void {
  const onTheWay: { readonly atMs: number; readonly arrive: () => void }[] = [];
  let freeAtMs = 0;
  let timer: NodeJS.Timeout | undefined;
  const deliver = (): void => {
    timer = undefined;
    while (onTheWay.length > 0 && onTheWay[0]!.atMs <= performance.now()) onTheWay.shift()!.arrive();
    if (onTheWay.length > 0) timer ??= setTimeout(deliver, Math.max(1, onTheWay[0]!.atMs - performance.now()));
  };
  const send = (length: number, arrive: () => void): void => {
    freeAtMs = Math.max(freeAtMs, performance.now()) + (length * 8_000) / bitsPerSecond;
    onTheWay.push({ atMs: freeAtMs + roundTripMs / 2, arrive });
    timer ??= setTimeout(deliver, 1);
  };
  return (from, to) => {
    from.on("data", (chunk: Buffer) => {
      count(chunk.length);
      for (let at = 0; at < chunk.length; at += pieceBytes) {
        const piece = chunk.subarray(at, at + pieceBytes);
        send(piece.length, () => to.writable && to.write(piece));
      }
      const waitMs = freeAtMs - performance.now();
      if (waitMs < queueMs) return;
      from.pause();
      setTimeout(() => from.resume(), waitMs - queueMs / 2);
    });
    from.on("end", () => send(0, () => to.end()));
    from.on("close", () => send(0, () => to.destroySoon()));
  };
}
