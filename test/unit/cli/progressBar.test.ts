import { describe, expect, it } from "vitest";
import { createProgressBar, formatDuration, formatProgress } from "../../../src/cli/progressBar.ts";

function screenOf(isTerminal: boolean): { lines: string[]; screen: Parameters<typeof createProgressBar>[0] } {
  const lines: string[] = [];
  return { lines, screen: { isTerminal, columns: 60, write: (text) => lines.push(text) } };
}

describe("the progress bar", () => {
  it("tells counts, what came from the cache, and what is left", () => {
    expect(formatProgress({ stage: "encode", done: 500, cached: 1000, total: 2000 }, 10_000)).toMatch(
      /^encode .* 1,500\/2,000 \(1,000 cached\) · 10 s left$/,
    );
    expect(formatProgress({ stage: "score", done: 0, cached: 0, total: 0 }, 0)).toContain("0/0");
  });

  it("writes few lines where nobody watches: at the start of a stage, every five seconds and at its end, whatever stages run at once", () => {
    const { lines, screen } = screenOf(false);
    let now = 0;
    const bar = createProgressBar(screen, () => now);
    for (now = 0; now <= 6_000; now += 100) {
      bar.show({ stage: "decode", done: now, cached: 0, total: 6_000 });
      bar.show({ stage: "encode", done: now / 2, cached: 0, total: 6_000 });
    }
    bar.finish();
    expect(lines.filter((line) => line.startsWith("decode"))).toHaveLength(3);
    expect(lines.filter((line) => line.startsWith("encode"))).toHaveLength(2);
  });

  it("redraws one line on a terminal, no wider than it, and clears it in the end", () => {
    const { lines, screen } = screenOf(true);
    const bar = createProgressBar(screen, () => 0);
    bar.show({ stage: "encode", done: 1, cached: 0, total: 1_000_000 });
    bar.finish();
    expect(lines[0]!.startsWith("\r\u001b[K")).toBe(true);
    expect(lines[0]!.length).toBeLessThanOrEqual(60 + 4);
    expect(lines.at(-1)).toBe("\r\u001b[K");
  });
});

describe("formatDuration", () => {
  it.each([
    [850, "850 ms"],
    [1_234, "1.2 s"],
    [12_400, "12 s"],
    [185_000, "3 min 5 s"],
    [7_800_000, "2 h 10 min"],
  ])("tells %i ms as %s", (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });
});
