import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createRandom } from "../../src/core/random.ts";
import type { Bench } from "./winnow.ts";
import { createBench } from "./winnow.ts";

interface Row {
  readonly sample: string;
  readonly captionIndex: number;
  readonly signals: Readonly<Record<string, number | null>>;
}

describe("a run that is killed at ten random moments", () => {
  let undisturbed: Bench;
  let killed: Bench;
  beforeAll(async () => {
    undisturbed = await createBench();
    killed = await createBench();
  });
  afterAll(async () => {
    await undisturbed.dispose();
    await killed.dispose();
  });

  const rowsOf = async (bench: Bench, root: string): Promise<Row[]> => {
    const { stdout } = await bench.winnow(["rows", root]);
    return stdout
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as Row);
  };

  it("goes on from where it stopped and ends with the same numbers", async () => {
    const calm = await undisturbed.copySample();
    const startedAt = performance.now();
    const expected = await undisturbed.json<{ groups: unknown; problems: unknown }>(["run", calm]);
    const wholeMs = performance.now() - startedAt;
    const root = await killed.copySample();
    const random = createRandom(11);
    let stopped = 0;
    for (let attempt = 0; attempt < 10; attempt += 1) {
      const { code } = await killed.winnow(["run", root, "--json"], { killAfterMs: 100 + random() * wholeMs });
      if (code === null) stopped += 1;
    }
    expect(stopped).toBeGreaterThan(0);
    const report = await killed.json<{ groups: unknown; problems: unknown }>(["run", root]);
    expect(report.groups).toEqual(expected.groups);
    expect(report.problems).toEqual(expected.problems);
    const [mine, theirs] = [await rowsOf(killed, root), await rowsOf(undisturbed, calm)];
    expect(mine.map(({ sample, captionIndex }) => [sample, captionIndex])).toEqual(
      theirs.map(({ sample, captionIndex }) => [sample, captionIndex]),
    );
    mine.forEach(({ signals }, at) => {
      for (const [name, value] of Object.entries(theirs[at]!.signals)) {
        if (typeof value === "number") expect(signals[name], name).toBeCloseTo(value, 3);
        else expect(signals[name], name).toBe(value);
      }
    });
  }, 300_000);
});
