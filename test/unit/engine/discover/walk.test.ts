import { execFileSync } from "node:child_process";
import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { discover } from "../../../../src/engine/discover/discover.ts";
import { nameFromBytes } from "../../../../src/engine/discover/fileNames.ts";
import type { TestDataset } from "./dataset.ts";
import { captionsOf, createDataset, problemsOf } from "./dataset.ts";

let dataset: TestDataset;
afterEach(() => dataset.remove());

const pair = { "a.jpg": "x", "a.txt": "a cat" };

describe("walk", () => {
  it("leaves out trainers' caches, masks and dot folders", async () => {
    dataset = await createDataset({
      ...pair,
      ...{
        "a_sdxl.npz": "x",
        "metadata_cache.json": "{}",
        ".aitk_size.json": "{}",
        "_latent_cache/a.png": "x",
        "a-masklabel.png": "x",
        "a-condlabel.png": "x",
      },
      ...{ ".git/b.jpg": "x", ".winnow/trash/c.jpg": "x", "node_modules/d.jpg": "x", "._a.jpg": "x" },
    });
    const found = await discover(dataset.env, dataset.root);
    expect([captionsOf(found), found.problems]).toEqual([{ "a.jpg": ["a cat"] }, []]);
    expect(dataset.env.counters.filesListed).toBe(2);
  });

  it("follows links to files wherever they lie", async () => {
    dataset = await createDataset(pair);
    await writeFile(join(dataset.root, "../elsewhere.png"), "12345");
    await symlink("../elsewhere.png", join(dataset.root, "linked.png"));
    const { samples } = await discover(dataset.env, dataset.root);
    expect(samples[1]).toMatchObject({ id: "linked.png", sizeBytes: 5, locator: { path: join(dataset.root, "linked.png") } });
  });

  it("follows links to folders inside the root and refuses loops and links that leave it", async () => {
    dataset = await createDataset({ "raw/a.jpg": "x", "raw/a.txt": "a cat" });
    await mkdir(join(dataset.root, "../outside"));
    await symlink("raw", join(dataset.root, "linkedFolder"));
    await symlink("..", join(dataset.root, "raw/symlinkLoop"));
    await symlink("self", join(dataset.root, "self"));
    await symlink("../outside", join(dataset.root, "outsideRoot"));
    await symlink("nowhere", join(dataset.root, "danglingLink"));
    const found = await discover(dataset.env, dataset.root);
    expect(captionsOf(found)).toEqual({ "linkedFolder/a.jpg": ["a cat"], "raw/a.jpg": ["a cat"] });
    expect(problemsOf(found)).toEqual([
      "unreadable danglingLink",
      "symlinkLoop linkedFolder/symlinkLoop",
      "outsideRoot outsideRoot",
      "symlinkLoop raw/symlinkLoop",
      "symlinkLoop self",
    ]);
  });

  it("leaves a dataset inside the dataset to itself", async () => {
    dataset = await createDataset({ ...pair, "nestedDataset/b.jpg": "x", "nestedDataset/.winnow/recipe.json": "{}" });
    const found = await discover(dataset.env, dataset.root);
    expect(captionsOf(found)).toEqual({ "a.jpg": ["a cat"] });
    expect(found.problems).toMatchObject([{ code: "nestedDataset", severity: "note", file: "nestedDataset" }]);
    const inner = await discover(dataset.env, join(dataset.root, "nestedDataset"));
    expect(captionsOf(inner)).toEqual({ "b.jpg": [] });
  });

  it("reports names that differ in case or accents alone", async () => {
    dataset = await createDataset({ ...pair, "caseCollision.jpg": "x", "CaseCollision.jpg": "x", "e\u0301.jpg": "x", "\u00e9.jpg": "x" });
    const found = await discover(dataset.env, dataset.root);
    expect(problemsOf(found).filter((line) => line.startsWith("caseCollision"))).toEqual([
      "caseCollision caseCollision.jpg",
      "caseCollision \u00e9.jpg",
    ]);
    expect(found.samples).toHaveLength(5);
  });

  it("lists empty pictures with an error and says which kinds can't be read", async () => {
    dataset = await createDataset({ ...pair, "emptyImage.jpg": "", "emptyImage.txt": "a dog", "drawing.svg": "<svg/>" });
    const found = await discover(dataset.env, dataset.root);
    expect(found.problems).toMatchObject([
      { code: "unsupportedImage", file: "drawing.svg" },
      { code: "emptyFile", severity: "error", sample: "emptyImage.jpg" },
    ]);
    expect(found.samples).toHaveLength(2);
  });

  it.skipIf(process.platform !== "linux")("keeps the bytes of names that are not valid UTF-8", async () => {
    dataset = await createDataset(pair);
    const folder = Buffer.from(`${dataset.root}/`);
    const path = Buffer.concat([folder, Buffer.from([0x63, 0xe9, 0x25]), Buffer.from(".jpg")]);
    await writeFile(path, "nonUtf8Name");
    await writeFile(Buffer.concat([folder, Buffer.from([0x63, 0xe9, 0x25]), Buffer.from(".txt")]), "a caf\u00e9");
    await writeFile(Buffer.concat([folder, Buffer.from([0xff])]), "");
    const isInnerInvalid = Buffer.concat([folder, Buffer.from([0xfe])]);
    await mkdir(isInnerInvalid);
    await writeFile(Buffer.concat([isInnerInvalid, Buffer.from("/b.jpg")]), "inner");
    for (const look of ["first", "second"]) {
      const { samples } = await discover(dataset.env, dataset.root);
      expect(
        samples.map(({ id }) => id),
        look,
      ).toEqual(["%FE/b.jpg", "a.jpg", "c%E9%25.jpg"]);
      const { locator, captions } = samples[2] ?? {};
      expect(captions?.[0]?.text).toBe("a caf\u00e9");
      if (locator?.kind !== "file" || locator.nameBytes === undefined) throw new Error("expected the bytes of the name");
      expect(Buffer.from(locator.nameBytes).equals(path)).toBe(true);
      expect(await readFile(Buffer.from(locator.nameBytes), "utf8")).toBe("nonUtf8Name");
    }
    expect(nameFromBytes(Buffer.from("\u00e9\u4e2d\u{1f600}"))).toBe("\u00e9\u4e2d\u{1f600}");
  });

  it.skipIf(process.platform === "win32")("never opens pipes", async () => {
    dataset = await createDataset(pair);
    execFileSync("mkfifo", [join(dataset.root, "fifo.jpg"), join(dataset.root, "a.caption")]);
    expect(problemsOf(await discover(dataset.env, dataset.root))).toEqual(["unreadable a.caption", "unreadable fifo.jpg"]);
  });
});
