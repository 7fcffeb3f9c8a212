import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Bench } from "./winnow.ts";
import { checkout, createBench } from "./winnow.ts";

describe("the bundle", () => {
  let bench: Bench;
  beforeAll(async () => {
    expect(spawnSync(process.execPath, [join(checkout, "src/build/bundle.ts")]).status).toBe(0);
    bench = await createBench();
  });
  afterAll(() => bench.dispose());

  it("analyses the sample with threads and encoder found from where it lies", async () => {
    const root = await bench.copySample();
    const { code, stdout } = await bench.winnow(["run", root, "--json"], { program: "dist/main.js" });
    expect(code).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({ dataset: { samples: 300 }, encoder: { name: "builtin", builtin: true } });
  });

  it("ends well when the reader of its answer closes the pipe", async () => {
    const root = await bench.copySample("again");
    const { stdout } = spawnSync("sh", ["-c", `"${process.execPath}" dist/main.js rows "${root}" --quiet | head -n 1; echo "ended"`], {
      cwd: checkout,
      encoding: "utf8",
      env: { ...process.env, WINNOW_CACHE: join(bench.folder, "cache"), WINNOW_DATA: join(bench.folder, "data") },
    });
    expect(stdout).toMatch(/^\{"sample".*\nended\n$/);
  });
});
