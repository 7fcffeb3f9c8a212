import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readViews, saveViews, ViewsFileError } from "../../../../src/engine/requests/savedViews.ts";
import { WhereError } from "../../../../src/core/where.ts";
import type { SavedView } from "../../../../src/protocol/gallery.ts";
import { createWorkplace } from "../store/workplace.ts";

const views: readonly SavedView[] = [
  { name: "Dark “nights”", where: 'folder = "night"', sort: "-clipScore", unit: "pair" },
  { name: "all", where: "", sort: "", unit: "sample" },
];

describe("saved views", () => {
  it("are kept in .winnow in their order, as a file that can be committed", async () => {
    const { env, root } = await createWorkplace();
    expect(await readViews(env, root)).toEqual([]);
    await saveViews(env, root, views);
    expect(await readViews(env, root)).toEqual(views);
    expect(JSON.parse(await readFile(join(root, ".winnow", "views.json"), "utf8"))).toEqual({ schema: 1, views });
    await saveViews(env, root, []);
    expect(await readViews(env, root)).toEqual([]);
    expect((await readdir(join(root, ".winnow"))).filter((name) => name.endsWith(".winnow-tmp"))).toEqual([]);
  });

  it.each([
    ["{", "is not JSON"],
    ['{"schema": 1, "views": [{"name": 3}]}', "can't be used"],
    ['{"schema": 2, "views": [], "folders": []}', "newer Winnow"],
  ])("are told to be unusable in %s, and nothing is written over it", async (text, sentence) => {
    const { env, root } = await createWorkplace();
    const file = join(root, ".winnow", "views.json");
    await mkdir(join(root, ".winnow"));
    await writeFile(file, text);
    await expect(readViews(env, root)).rejects.toThrow(sentence);
    await expect(saveViews(env, root, views)).rejects.toThrow(ViewsFileError);
    expect(await readFile(file, "utf8")).toBe(text);
  });

  it("are refused where two have one name or a filter can't be read", async () => {
    const { env, root } = await createWorkplace();
    await expect(saveViews(env, root, [views[0]!, views[0]!])).rejects.toThrow("twice");
    await expect(saveViews(env, root, [{ ...views[0]!, where: "folder =" }])).rejects.toThrow(WhereError);
  });
});
