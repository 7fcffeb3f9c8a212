import { describe, expect, it } from "vitest";
import { createTurns } from "../../../../src/engine/requests/turns.ts";

/** A promise that is settled from outside. */
function createGate(): { opened: Promise<void>; open: () => void } {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}

const { signal } = new AbortController();

describe("turns", () => {
  it("come one after the other for one key, and beside each other for two", async () => {
    const turns = createTurns();
    const [gate, order] = [createGate(), [] as string[]];
    const first = turns.take("a", signal, async () => {
      order.push("a1 begins");
      await gate.opened;
      order.push("a1 ends");
    });
    const second = turns.take("a", signal, () => Promise.resolve(order.push("a2")));
    await turns.take("b", signal, () => Promise.resolve(order.push("b")));
    expect(order).toEqual(["a1 begins", "b"]);
    gate.open();
    await Promise.all([first, second]);
    expect(order).toEqual(["a1 begins", "b", "a1 ends", "a2"]);
  });

  it("go on when one fails, which rejects its own caller alone", async () => {
    const turns = createTurns();
    const failed = turns.take("a", signal, () => Promise.reject(new Error("no")));
    const next = turns.take("a", signal, () => Promise.resolve("yes"));
    await expect(failed).rejects.toThrow("no");
    expect(await next).toBe("yes");
  });

  it("let go of who is stopped while waiting, and never begin that work", async () => {
    const turns = createTurns();
    const gate = createGate();
    const cancellation = new AbortController();
    const first = turns.take("a", signal, () => gate.opened);
    let began = false;
    const waiting = turns.take("a", cancellation.signal, () => Promise.resolve((began = true)));
    cancellation.abort(new Error("never mind"));
    await expect(waiting).rejects.toThrow("never mind");
    gate.open();
    await first;
    await turns.take("a", signal, () => Promise.resolve());
    expect(began).toBe(false);
  });

  it("leave work under way to end by itself when its signal fires", async () => {
    const turns = createTurns();
    const gate = createGate();
    const cancellation = new AbortController();
    const work = turns.take("a", cancellation.signal, () => gate.opened.then(() => "done"));
    await Promise.resolve();
    await new Promise((resolve) => setImmediate(resolve));
    cancellation.abort(new Error("too late"));
    gate.open();
    expect(await work).toBe("done");
  });
});
