import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { checkout } from "../../engine/winnow.ts";
import { findPython } from "../../python.ts";

const python = findPython();
const folders = ["src/trainers", "test/unit/trainers", "test/engine/full"];

describe.skipIf(python === undefined)("the trainers' Python", () => {
  it.each([["check"], ["format", "--check"]])("is written as ruff %s wants it", (...words) => {
    const { status, stdout, stderr } = spawnSync(join(dirname(python!), "ruff"), [...words, "--no-cache", ...folders], {
      cwd: checkout,
      encoding: "utf8",
    });
    expect(status, `${stdout}${stderr}`).toBe(0);
  });
});
