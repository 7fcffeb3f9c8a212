import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { z } from "zod";

const folder = fileURLToPath(new URL("../bench", import.meta.url));
const line = z.looseObject({ name: z.string(), unit: z.string(), ours: z.number().nonnegative(), peer: z.number().positive().optional() });

/** Not run here: even a quick round loads torch six times. `curationScratch.python.test.ts` looks at what it trains on. */
const slow = new Set(["curationScratch.bench.ts"]);

describe("the benchmarks", () => {
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".bench.ts") && !slow.has(name))) {
    it(`${file} runs one quick round`, () => {
      const { status, stdout, stderr } = spawnSync(process.execPath, [`${folder}/${file}`, "--quick"], { encoding: "utf8" });
      expect(status, stderr).toBe(0);
      const lines = stdout.split("\n").filter((text) => text !== "");
      // What says that it was left out, for want of a tool that is required in CI, measures nothing elsewhere.
      expect(lines.length, stderr).toBeGreaterThan(/^Left out/m.test(stderr) && process.env["CI"] === undefined ? -1 : 0);
      for (const text of lines) expect(line.safeParse(JSON.parse(text)).error, text).toBeUndefined();
    });
  }
});
