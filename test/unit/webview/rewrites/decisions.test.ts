import { describe, expect, it } from "vitest";
import type { CallOptions } from "../../../../src/protocol/rpc.ts";
import type { ListedRewrite } from "../../../../src/protocol/rewrites.ts";
import { type AcceptProgress, Decisions } from "../../../../webview/views/rewrites/decisions.ts";

const rewrite = (id: string): ListedRewrite =>
  ({ id, sample: `${id}.jpg`, captionIndex: 0, before: "a cat", after: "a red cat" }) as ListedRewrite;

/** Decisions before a host that accepts until it is told to stop, and then answers as the engine does. */
function openSlowDecisions() {
  const told: string[] = [];
  const call = (_: string, __: unknown, { signal, onProgress }: CallOptions<AcceptProgress>): Promise<never> => {
    onProgress?.({ done: 1, total: 3 });
    return new Promise((__, reject) => signal?.addEventListener("abort", () => reject(signal.reason as Error)));
  };
  let settled: () => void = () => undefined;
  const decisions = new Decisions(
    {
      host: { call: call as never },
      tell: (message) => void told.push(message),
      fail: (error) => void told.push(`failed ${String(error)}`),
      undo: () => Promise.resolve(),
    },
    { onChange: () => undefined, onSettled: () => settled() },
  );
  return { decisions, told, rest: new Promise<void>((resolve) => (settled = resolve)) };
}

/** Decisions before a host that notes what it is asked; `left` are ids that it doesn't accept. */
function openDecisions({ left = [], failing = [] }: { left?: readonly string[]; failing?: readonly string[] } = {}) {
  const log: string[] = [];
  const answers = {
    acceptRewrites: ({ choice }: { choice: { kind: string; ids?: readonly string[] } }) => {
      const ids = choice.ids ?? ["all"];
      const accepted = ids.filter((id) => !left.includes(id));
      const told = left.map((id) => ({ id, sample: `${id}.jpg`, reason: "says something else by now" }));
      return {
        operation: accepted.length === 0 ? null : `op-${accepted.join()}`,
        accepted: accepted.length,
        passed: 0,
        left: accepted.length === 0 ? told : [],
      };
    },
    rejectRewrites: ({ ids }: { ids: readonly string[] }) => ({ rejected: ids.length }),
    reopenRewrites: ({ ids }: { ids: readonly string[] }) => ({ reopened: ids.length }),
    proposeCaption: ({ caption }: { caption: string }) => ({ rewrite: { ...rewrite("own"), after: caption }, unmeasured: null }),
  };
  const call = async (method: keyof typeof answers, params: never): Promise<unknown> => {
    log.push(`${method} ${JSON.stringify(params)}`);
    await Promise.resolve();
    if (failing.some((id) => JSON.stringify(params).includes(id))) throw new Error("The disk is full");
    return answers[method](params);
  };
  let settled: () => void = () => undefined;
  const decisions = new Decisions(
    {
      host: { call: call as never },
      tell: (message) => void log.push(`told ${message}`),
      fail: (error) => void log.push(`failed ${(error as Error).message}`),
      undo: (operation) => Promise.resolve(void log.push(`undo ${operation}`)),
    },
    { onChange: () => undefined, onSettled: () => settled() },
  );
  const rest = (): Promise<void> => new Promise((resolve) => (settled = resolve));
  return { decisions, log, rest };
}

describe("decisions about proposals", () => {
  it("tell how far the accepting of all is, and stop it", async () => {
    const { decisions, told, rest } = openSlowDecisions();
    expect(decisions.accepting).toBeNull();
    decisions.acceptAll({ delta: 0, allowAdded: false }, "replace");
    await expect.poll(() => decisions.accepting).toEqual({ done: 1, total: 3 });
    decisions.stop();
    await rest;
    expect(told).toEqual(["Stopped: no file was changed"]);
    expect(decisions.accepting).toBeNull();
    expect(decisions.undo()).toBe(false);
  });

  it("are carried out one after the other, and taken back from the last on", async () => {
    const { decisions, log, rest } = openDecisions();
    decisions.accept(rewrite("a"), "replace");
    decisions.reject(rewrite("b"));
    expect([...decisions.pending]).toEqual(["a", "b"]);
    decisions.undo();
    decisions.undo();
    await rest();
    expect([...decisions.pending]).toEqual([]);
    expect(log.filter((line) => !line.startsWith("told"))).toEqual([
      'acceptRewrites {"choice":{"kind":"ids","ids":["a"]},"strategy":"replace"}',
      'rejectRewrites {"ids":["b"]}',
      'reopenRewrites {"ids":["b"]}',
      "undo op-a",
    ]);
    expect(decisions.undo()).toBe(false);
  });

  it("tell why a proposal could not be accepted, and leave nothing to take back then", async () => {
    const { decisions, log, rest } = openDecisions({ left: ["a"] });
    decisions.accept(rewrite("a"), "add");
    await rest();
    expect(log.slice(1)).toEqual(["failed Not accepted: a.jpg says something else by now"]);
    expect(decisions.undo()).toBe(false);
  });

  it("go on after one that failed", async () => {
    const { decisions, log, rest } = openDecisions({ failing: ["broken"] });
    decisions.accept(rewrite("broken"), "replace");
    decisions.acceptEdited(rewrite("b"), "a blue cat", "replace");
    await rest();
    expect(log).toContain("failed The disk is full");
    expect(log).toContain('acceptRewrites {"choice":{"kind":"ids","ids":["own"]},"strategy":"replace"}');
  });

  it("are the page's to take back once they are forgotten", async () => {
    const { decisions, rest } = openDecisions();
    decisions.reject(rewrite("a"));
    await rest();
    decisions.forget();
    expect(decisions.undo()).toBe(false);
  });
});
