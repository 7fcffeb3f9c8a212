import { describe, expect, it } from "vitest";
import type { UnsavedLabel } from "../../../../webview/views/spotCheck/detail.ts";
import { LabelQueue } from "../../../../webview/views/spotCheck/labelQueue.ts";

const label = (sample: string, value: UnsavedLabel["label"] = "match"): UnsavedLabel => ({ sample, captionIndex: 0, label: value });
const rest = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A queue whose saving is answered by hand, and whose timers run when told. */
function openQueue(unsaved: readonly UnsavedLabel[] = []): {
  queue: LabelQueue;
  sent: (readonly UnsavedLabel[])[];
  answer: (error?: Error) => Promise<void>;
  timers: { work: () => void; afterMs: number }[];
  kept: () => readonly UnsavedLabel[];
} {
  const sent: (readonly UnsavedLabel[])[] = [];
  const timers: { work: () => void; afterMs: number }[] = [];
  const waiting: ((error?: Error) => void)[] = [];
  let kept = unsaved;
  const queue = new LabelQueue(
    {
      save: (labels) => {
        sent.push(labels);
        return new Promise((resolve, reject) => waiting.push((error) => (error === undefined ? resolve(null) : reject(error))));
      },
      keep: (labels) => (kept = labels),
      schedule: (work, afterMs) => timers.push({ work, afterMs }),
      onChange: () => undefined,
    },
    unsaved,
  );
  const answer = async (error?: Error): Promise<void> => {
    waiting.shift()!(error);
    await rest();
  };
  return { queue, sent, answer, timers, kept: () => kept };
}

describe("labels on their way", () => {
  it("are sent at once, one request at a time and in order", async () => {
    const { queue, sent, answer } = openQueue();
    for (const sample of ["a", "b", "c"]) queue.add(label(sample));
    expect(sent).toEqual([[label("a")]]);
    await answer();
    expect(sent.slice(1)).toEqual([[label("b"), label("c")]]);
    await answer();
    expect(queue.unsaved).toEqual([]);
    expect(sent).toHaveLength(2);
  });

  it("are kept until they are saved, and tried again later and later", async () => {
    const { queue, answer, timers, sent, kept } = openQueue();
    queue.add(label("a"));
    await answer(new Error("The disk is full"));
    expect(queue.failure).toBe("The disk is full");
    expect(kept()).toEqual([label("a")]);
    timers[0]!.work();
    await answer(new Error("The disk is full"));
    expect(timers.map(({ afterMs }) => afterMs)).toEqual([1000, 2000]);
    timers[1]!.work();
    await answer();
    expect(queue.failure).toBeNull();
    expect(kept()).toEqual([]);
    expect(sent).toHaveLength(3);
  });

  it("are sent with the next label while a retry is due, and no timer doubles", async () => {
    const { queue, answer, timers, sent } = openQueue();
    queue.add(label("a"));
    await answer(new Error("gone"));
    queue.add(label("b"));
    expect(sent[1]).toEqual([label("a")]);
    await answer(new Error("gone"));
    expect(timers).toHaveLength(1);
    timers[0]!.work();
    await answer();
    await answer();
    expect(queue.unsaved).toEqual([]);
  });

  it("are not held up by one that the engine refuses, which can be given up", async () => {
    const { queue, sent, answer, timers, kept } = openQueue([label("gone"), label("a"), label("b")]);
    await answer(new Error("There is no such pair"));
    timers[0]!.work();
    await answer(new Error("There is no such pair"));
    timers[1]!.work();
    await answer();
    await answer();
    expect(sent.slice(1, 4)).toEqual([[label("gone")], [label("a")], [label("b")]]);
    expect(queue.unsaved).toEqual([label("gone")]);
    expect(queue.failure).toBe("There is no such pair");
    await answer(new Error("There is no such pair"));
    queue.discard();
    expect(queue.failure).toBeNull();
    expect(kept()).toEqual([]);
    timers[2]!.work();
    expect(sent).toHaveLength(5);
  });

  it("are not sent again where a later one of the same pair waits", async () => {
    const { queue, answer } = openQueue();
    queue.add(label("a"));
    queue.add(label("a", "unsure"));
    await answer(new Error("gone"));
    expect(queue.unsaved).toEqual([label("a", "unsure")]);
  });

  it("give way to a later label of the same pair, but not those that are under way", async () => {
    const { queue, sent, answer } = openQueue();
    queue.add(label("a"));
    queue.add(label("a", "unsure"));
    queue.add(label("a", "mismatch"));
    queue.add({ ...label("a"), captionIndex: 1 });
    await answer();
    expect(sent[1]).toEqual([label("a", "mismatch"), { ...label("a"), captionIndex: 1 }]);
  });

  it("are sent that another page left behind", () => {
    expect(openQueue([label("a")]).sent).toEqual([[label("a")]]);
  });
});
