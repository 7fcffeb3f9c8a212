import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { QuantizedEncoder } from "../../src/protocol/encoders.ts";
import { createBench } from "./winnow.ts";
import type { Bench } from "./winnow.ts";

let bench: Bench;
beforeAll(async () => {
  bench = await createBench();
});
afterAll(() => bench.dispose());

describe("winnow encoder quantize", () => {
  it("makes the built-in encoder in eight bits, whose scores are those of fp32 but for hundredths", async () => {
    const made = await bench.json<QuantizedEncoder>(["encoder", "quantize", "builtin"]);
    expect(made).toMatchObject({ id: "builtin-int8", isNew: true, isKept: true, isUsable: true });
    const dataset = await bench.copySample();
    const scores = async (encoder: string): Promise<number[]> => {
      await bench.json(["run", dataset, "--encoder", encoder]);
      const { stdout } = await bench.winnow(["rows", dataset]);
      const rows = stdout.split("\n").filter((line) => line !== "");
      return rows.flatMap((line) => (JSON.parse(line) as { signals: { clipScore: number | null } }).signals.clipScore ?? []);
    };
    const [expected, given] = [await scores("builtin"), await scores(made.id)];
    expect(given.length).toBeGreaterThan(200);
    expect(given).toHaveLength(expected.length);
    expect(given).not.toEqual(expected);
    given.forEach((score, i) => expect(score).toBeCloseTo(expected[i]!, 1));
  });

  it("says what is wrong in a sentence", async () => {
    const { code, stderr } = await bench.winnow(["encoder", "quantize", "nothing"]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/There is no encoder nothing/);
    expect((await bench.winnow(["encoder", "shrink", "builtin"])).stderr).toContain("Expected get, quantize, remove or describe");
  });
});
