import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import manifest from "../../package.json" with { type: "json" };
import { commands } from "../../src/cli/commands.ts";
import { operations } from "../../src/core/captions/operations/operations.ts";
import { families } from "../../src/core/encoders/families.ts";
import { losses } from "../../src/core/losses/losses.ts";
import { heads } from "../../src/core/tune/heads/heads.ts";
import { imageTrainers } from "../../src/core/tune/imageTrainers/imageTrainers.ts";
import { rewriters } from "../../src/core/rewriters/rewriters.ts";
import { policies } from "../../src/core/prune/policies.ts";
import { formatReaders } from "../../src/engine/discover/formats.ts";
import { exporters } from "../../src/engine/write/exporters/exporters.ts";

const read = (path: string): Promise<string> => readFile(new URL(`../../${path}`, import.meta.url), "utf8");

describe("the documentation", () => {
  it("gives the two commands, and the scripts that they run are there", async () => {
    const readme = await read("README.md");
    expect(readme).toContain("npm ci && npm start");
    expect(readme).toContain("npm ci && npm test");
    expect(Object.keys(manifest.scripts)).toEqual(expect.arrayContaining(["start", "test", "winnow", "check", "build"]));
  });

  it("names every command, policy and format", async () => {
    const [readme, commandLine, formats] = [
      await read("README.md"),
      await read("media/docs/commandLine.md"),
      await read("media/docs/formats.md"),
    ];
    for (const { name } of commands) expect(readme, name).toContain(`winnow ${name}`);
    for (const { id } of [...policies, ...operations, ...rewriters]) expect(commandLine, id).toContain(`\`${id}`);
    for (const { id } of [...formatReaders, ...exporters]) expect(formats, id).toContain(`\`${id}\``);
  });

  it("names every loss and head of the trainer with its settings", async () => {
    const tuning = await read("media/docs/tuning.md");
    for (const { id, options } of [...losses, ...heads]) {
      const row = tuning.split("\n").find((line) => line.startsWith(`| \`${id}\``));
      for (const [name, value] of Object.entries(options)) expect(row, id).toContain(`\`${name}\` ${value}`);
      expect(row, id).toBeDefined();
    }
  });

  it("names every trainer for text-to-image", async () => {
    const [readme, tuning] = [await read("README.md"), await read("media/docs/tuning.md")];
    for (const { id } of imageTrainers) {
      expect(readme, id).toMatch(new RegExp(`winnow tune [^ ]*${id}`));
      expect(tuning, id).toContain(`| \`${id}\``);
    }
  });

  it("names every family of encoders", async () => {
    const encoders = await read("media/docs/encoders.md");
    for (const { id, text } of families) {
      const row = encoders.split("\n").find((line) => line.startsWith("| `") && line.includes(`\`${id}\``));
      expect(row, id).toMatch(text === undefined ? /none/ : new RegExp(`\\| ${text.contextLength}\\b`));
    }
  });

  it("says of the built-in encoder that it is not for photographs, wherever it is named", async () => {
    for (const path of ["README.md", "media/encoder/README.md"])
      expect((await read(path)).toLowerCase(), path).toMatch(/not\W+for\W+photographs/);
  });

  it("names no machine, and no registry's host", async () => {
    for (const path of [
      "README.md",
      "CHANGELOG.md",
      "src/ARCHITECTURE.md",
      "media/docs/cache.md",
      "media/docs/commandLine.md",
      "media/docs/formats.md",
      "media/docs/encoders.md",
      "media/docs/measured.md",
      "media/docs/tuning.md",
      "package-lock.json",
    ]) {
      expect(await read(path), path).not.toMatch(/\/work\/|\/root\/|https?:\/\/[\w.]*(npmjs|pypi|pythonhosted)/);
    }
  });
});

describe("the packages", () => {
  it("are pinned, every one", () => {
    for (const [name, version] of Object.entries({ ...manifest.dependencies, ...manifest.devDependencies }))
      expect(version, name).toMatch(/^\d/);
  });
});
