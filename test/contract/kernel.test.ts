import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { compileKernel, kernelFile } from "../../src/build/kernel.ts";

it("the compiled kernel in the sources is what its own source gives", async () => {
  expect(await compileKernel()).toBe(await readFile(kernelFile, "utf8"));
});
