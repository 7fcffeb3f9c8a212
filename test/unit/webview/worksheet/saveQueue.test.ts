import { describe, expect, it } from "vitest";
import type { ProposedCaption } from "../../../../src/protocol/rewrites.ts";
import { parseDetail, type Written } from "../../../../webview/views/worksheet/detail.ts";
import { SaveQueue } from "../../../../webview/views/worksheet/saveQueue.ts";

const written = (caption: string): Written => ({
  place: { sample: "a.jpg", captionIndex: 0, captionHash: "h" },
  ...{ caption, isSeen: false, saved: null, failure: null },
});

/** A queue whose saves a test ends by hand, in their order. */
function openQueue(first: readonly Written[] = []) {
  const asked: { caption: string; end: (gain: number) => void; fail: (message: string) => void }[] = [];
  const save = ({ caption }: Written): Promise<ProposedCaption> =>
    new Promise((resolve, reject) => {
      const end = (gain: number): void => {
        const measure = Number.isNaN(gain) ? null : { scoreBefore: 0.2, scoreAfter: 0.2 + gain };
        resolve({ rewrite: { id: caption, before: "old", measure }, unmeasured: null } as unknown as ProposedCaption);
      };
      asked.push({ caption, end, fail: (message) => reject(new Error(message)) });
    });
  const queue = new SaveQueue({ save, onChange: () => undefined }, first);
  return { queue, asked };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("what is written on a worksheet", () => {
  it("is saved one by one; what fails waits until it is tried again", async () => {
    const { queue, asked } = openQueue();
    queue.add(written("one"));
    queue.add(written("two"));
    expect(asked.map(({ caption }) => caption)).toEqual(["one"]);
    asked[0]!.fail("The disk is full");
    await turn();
    expect(asked.map(({ caption }) => caption)).toEqual(["one", "two"]);
    queue.retry(); // while the second is on its way, which is not asked for twice
    asked[1]!.end(0.1);
    await turn();
    asked[2]!.end(Number.NaN);
    await turn();
    expect(asked.map(({ caption }) => caption)).toEqual(["one", "two", "one"]);
    expect(queue.written.map(({ saved }) => saved?.gain)).toEqual([null, expect.closeTo(0.1)]);
  });

  it("stays in a new list while it isn't saved, and can be left out", async () => {
    const { queue, asked } = openQueue();
    queue.add(written("one"));
    asked[0]!.end(0);
    await turn();
    queue.add(written("two"));
    asked[1]!.fail("no");
    await turn();
    queue.clear();
    expect(queue.written.map(({ caption, failure }) => [caption, failure])).toEqual([["two", "no"]]);
    queue.leaveOut(queue.written[0]!);
    expect(queue.written).toEqual([]);
  });

  it("is read again from what was remembered, and nothing from what has not its form", () => {
    const detail = {
      ...parseDetail(undefined),
      sheet: { places: [written("x").place], at: 1 },
      draft: "half",
      isSeen: true,
      written: [written("one")],
    };
    expect(parseDetail(JSON.parse(JSON.stringify(detail)))).toEqual(detail);
    expect(parseDetail({ count: 1e9, sheet: { places: [{ sample: 5 }], at: 0 }, written: [{ caption: "x" }] })).toEqual(
      parseDetail(undefined),
    );
  });
});
