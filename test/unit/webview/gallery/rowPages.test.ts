import { describe, expect, it } from "vitest";
import type { GalleryRow } from "../../../../src/protocol/gallery.ts";
import { pageRows, RowPages } from "../../../../webview/views/gallery/rowPages.ts";
import type { Span } from "../../../../webview/views/gallery/tiling.ts";

interface Asked {
  readonly span: Span;
  readonly signal: AbortSignal;
  answer(): Promise<void>;
  fail(error: Error): Promise<void>;
}

function rowAt(position: number): GalleryRow {
  const caption = {
    pair: position,
    captionIndex: 0,
    text: `caption ${position}`,
    signals: {},
    verdict: "keep",
    actor: null,
    reason: null,
  } as const;
  return {
    sample: `${position}.jpg`,
    sampleRow: position,
    width: 1,
    height: 1,
    split: null,
    verdict: "keep",
    captions: [caption],
    problems: [],
    similarity: null,
  };
}

/** Lets the promises that wait go on. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
}

function openPages(count: number): { pages: RowPages; asked: Asked[]; errors: unknown[]; told: () => number } {
  const asked: Asked[] = [];
  const errors: unknown[] = [];
  let told = 0;
  const pages = new RowPages({
    read: (span, signal) =>
      new Promise((resolve, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason as Error));
        asked.push({
          span,
          signal,
          answer: async () => {
            resolve(Array.from({ length: span.to - span.from }, (_, at) => rowAt(span.from + at)));
            await settle();
          },
          fail: async (error) => {
            reject(error);
            await settle();
          },
        });
      }),
    onRows: () => (told += 1),
    onError: (error) => errors.push(error),
  });
  pages.reset(count);
  return { pages, asked, errors, told: () => told };
}

describe("pages of rows", () => {
  it("are asked for where they are seen, then around, one request at a time", async () => {
    const { pages, asked, told } = openPages(1000);
    pages.want({ from: 120, to: 180 }, { from: 40, to: 260 });
    expect(asked.map(({ span }) => span)).toEqual([{ from: 100, to: 200 }]);
    expect(pages.get(120)).toBeUndefined();
    await asked[0]!.answer();
    expect(pages.get(120)?.sample).toBe("120.jpg");
    expect(told()).toBe(1);
    expect(asked.at(-1)!.span).toEqual({ from: 0, to: 100 });
    await asked[1]!.answer();
    expect(asked.at(-1)!.span).toEqual({ from: 200, to: 300 });
    await asked[2]!.answer();
    expect(asked).toHaveLength(3);
  });

  it("end where the list ends", async () => {
    const { pages, asked } = openPages(70);
    pages.want({ from: 0, to: 70 }, { from: 0, to: 70 });
    expect(asked[0]!.span).toEqual({ from: 0, to: 70 });
    await asked[0]!.answer();
    expect(pages.get(69)?.sample).toBe("69.jpg");
    expect(pages.get(70)).toBeUndefined();
  });

  it("drop a request that was overtaken, and keep one that is still seen", async () => {
    const { pages, asked } = openPages(100_000);
    pages.want({ from: 0, to: 60 }, { from: 0, to: 60 });
    pages.want({ from: 10, to: 70 }, { from: 10, to: 70 });
    expect(asked).toHaveLength(1);
    pages.want({ from: 5000, to: 5060 }, { from: 5000, to: 5060 });
    expect(asked).toHaveLength(2);
    expect(asked[0]!.signal.aborted).toBe(true);
    await asked[1]!.answer();
    expect(pages.get(5000)?.sample).toBe("5000.jpg");
    expect(pages.get(0)).toBeUndefined();
  });

  it("ask for at most five pages at once", () => {
    const { pages, asked } = openPages(100_000);
    pages.want({ from: 0, to: 2000 }, { from: 0, to: 2000 });
    expect(asked[0]!.span).toEqual({ from: 0, to: 5 * pageRows });
  });

  it("are forgotten when they were not seen for long", async () => {
    const { pages, asked } = openPages(100_000);
    for (let page = 0; page < 130; page += 1) {
      pages.want({ from: page * pageRows, to: (page + 1) * pageRows }, { from: page * pageRows, to: (page + 1) * pageRows });
      await asked.at(-1)!.answer();
    }
    expect(pages.get(0)).toBeUndefined();
    expect(pages.get(129 * pageRows)).toBeDefined();
  });

  it("are shown while they are stale and read again when they are seen", async () => {
    const { pages, asked } = openPages(100);
    pages.want({ from: 0, to: 10 }, { from: 0, to: 10 });
    await asked[0]!.answer();
    pages.markStale();
    expect(pages.get(3)?.sample).toBe("3.jpg");
    pages.want({ from: 0, to: 10 }, { from: 0, to: 10 });
    expect(asked).toHaveLength(2);
    await asked[1]!.answer();
    pages.want({ from: 0, to: 10 }, { from: 0, to: 10 });
    expect(asked).toHaveLength(2);
  });

  it("show a verdict before the engine has said it, where it was set alone", async () => {
    const { pages, asked } = openPages(100);
    pages.want({ from: 0, to: 100 }, { from: 0, to: 100 });
    await asked[0]!.answer();
    pages.setVerdicts([[3, 5]], "drop");
    const verdicts = [2, 3, 4, 5].map((position) => pages.get(position)!.captions[0]!.verdict);
    expect(verdicts).toEqual(["keep", "drop", "drop", "keep"]);
    expect(pages.get(3)!.captions[0]).toMatchObject({ actor: "person" });
  });

  it("tell of a failure once and ask again when they are wanted again", async () => {
    const { pages, asked, errors } = openPages(100);
    pages.want({ from: 0, to: 10 }, { from: 0, to: 10 });
    await asked[0]!.fail(new Error("gone"));
    expect(errors).toHaveLength(1);
    pages.want({ from: 0, to: 10 }, { from: 0, to: 10 });
    expect(asked).toHaveLength(2);
  });

  it("belong to one list: an answer for the list before is dropped", async () => {
    const { pages, asked, errors } = openPages(100);
    pages.want({ from: 0, to: 10 }, { from: 0, to: 10 });
    pages.reset(20);
    await asked[0]!.answer();
    expect(pages.get(0)).toBeUndefined();
    expect(errors).toEqual([]);
  });
});
