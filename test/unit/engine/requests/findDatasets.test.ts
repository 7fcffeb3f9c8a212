import { mkdir, symlink } from "node:fs/promises";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { findDatasets } from "../../../../src/engine/requests/findDatasets.ts";
import { createDataset } from "../discover/dataset.ts";
import type { TestDataset } from "../discover/dataset.ts";
import { tarOf } from "../discover/tar.ts";

let workspace: TestDataset | undefined;
afterEach(async () => {
  await workspace?.remove();
  workspace = undefined;
});

type Files = Readonly<Record<string, string>>;

/** `count` pictures in a folder, each with a file of the extension beside it (none where it is undefined). */
function pictures(folder: string, count: number, extension?: string): Files {
  const names = Array.from({ length: count }, (_, at) => `${folder}/p${String(at).padStart(4, "0")}`);
  return Object.fromEntries(
    names.flatMap(
      (name) => [[`${name}.jpg`, "x"], ...(extension === undefined ? [] : [[`${name}${extension}`, "a dog"]])] as [string, string][],
    ),
  );
}

function lines(count: number, line: (name: string) => string): string {
  return Array.from({ length: count }, (_, at) => line(`p${String(at).padStart(4, "0")}.jpg`)).join("\n");
}

/** What is found in a workspace of these files: `root: format, number of files`, roots below the workspace. */
async function find(files: Files, options: { exclude?: readonly string[]; folder?: string } = {}): Promise<string[]> {
  workspace = await createDataset(files);
  return await findIn(join(workspace.root, options.folder ?? "."), options.exclude);
}

async function findIn(folder: string, exclude: readonly string[] = []): Promise<string[]> {
  const found = await findDatasets(workspace!.env, { folders: [folder], exclude });
  return found.map(({ root, format, files }) => `${relative(workspace!.root, root).replaceAll("\\", "/") || "."}: ${format}, ${files}`);
}

describe("findDatasets finds one dataset at its outermost folder", () => {
  const cases: readonly (readonly [name: string, files: Files, expected: readonly string[]])[] = [
    ["captions beside pictures", pictures("set", 5, ".txt"), ["set: sidecar, 5"]],
    ["splits", { ...pictures("mine/train", 4, ".txt"), ...pictures("mine/val", 2, ".txt") }, ["mine: sidecar, 6"]],
    [
      "kohya's folders",
      { ...pictures("project/img/10_sks dog", 4, ".txt"), ...pictures("project/img/1_dog", 4, ".txt"), "project/log/a.log": "" },
      ["project/img: kohya, 8"],
    ],
    [
      "topics that are captioned alike",
      { ...pictures("album/garden", 3, ".txt"), ...pictures("album/night/late", 3, ".txt") },
      ["album: sidecar, 6"],
    ],
    ["numbered shards of files", { ...pictures("out/00000", 3, ".txt"), ...pictures("out/00001", 3, ".txt") }, ["out: sidecar, 6"]],
    [
      "ImageFolder with metadata in its splits",
      {
        ...pictures("hf/train", 4),
        "hf/train/metadata.jsonl": lines(4, (name) => JSON.stringify({ file_name: name, text: "a dog" })),
        ...pictures("hf/test", 2),
        "hf/test/metadata.jsonl": lines(2, (name) => JSON.stringify({ file_name: name, text: "a dog" })),
      },
      ["hf: imagefolder, 6"],
    ],
    [
      "COCO with its annotations beside the pictures",
      {
        ...pictures("coco/val2017", 3),
        "coco/annotations/captions_val2017.json": JSON.stringify({
          images: [0, 1, 2].map((id) => ({ id, file_name: `p000${id}.jpg` })),
          annotations: [0, 1, 2].map((id) => ({ id, image_id: id, caption: "a dog" })),
        }),
      },
      ["coco: coco, 3"],
    ],
    [
      "Flickr's captions above the pictures",
      { ...pictures("flickr/images", 3), "flickr/captions.txt": `image,caption\n${lines(3, (name) => `${name},a dog`)}\n` },
      ["flickr: flickr, 3"],
    ],
    [
      "a table of paths",
      { ...pictures("shop/photos", 3), "shop/pairs.csv": `filepath,title\n${lines(3, (name) => `photos/${name},a dog`)}\n` },
      ["shop: openClip, 3"],
    ],
    ["the workspace's own folder", { ...pictures("train", 3, ".txt"), "README.md": "" }, [".: sidecar, 3"]],
    ["many pictures without captions", { ...pictures("holiday/2019", 60), ...pictures("holiday/2020", 60) }, ["holiday: sidecar, 120"]],
  ];
  for (const [name, files, expected] of cases) {
    it(name, async () => {
      expect(await find(files)).toEqual(expected);
    });
  }

  it("archives in splits", async () => {
    workspace = await createDataset({});
    const shard = await tarOf([
      ["000.jpg", "x"],
      ["000.txt", "a dog"],
    ]);
    for (const path of ["web/train/00000.tar", "web/train/00001.tar", "web/val/00000.tar", "backup/home.tar"]) {
      await workspace.write(path, path.startsWith("web") ? shard : await tarOf([["notes.md", "x"]]));
    }
    expect(await findIn(workspace.root)).toEqual(["web: webdataset, 3"]);
  });

  it("very many pictures: some names are looked at, all are counted", async () => {
    expect(await find({ ...pictures("many", 3000, ".txt"), "many/readme.md": "" })).toEqual(["many: sidecar, 3000"]);
  });
});

describe("findDatasets tells datasets apart", () => {
  it("finds those that stand side by side", async () => {
    const files = {
      ...pictures("datasets/dogs", 3, ".txt"),
      ...pictures("datasets/cats", 3, ".caption"),
      ...pictures("datasets/split/train", 3, ".txt"),
    };
    expect(await find(files)).toEqual(["datasets/cats: sidecar, 3", "datasets/dogs: sidecar, 3", "datasets/split: sidecar, 3"]);
  });

  it("finds every folder that Winnow has worked on, also inside another dataset, whose files then are its own", async () => {
    const files = {
      ...pictures("set", 4, ".txt"),
      ...pictures("set/inner", 3, ".txt"),
      "set/inner/.winnow/recipe.json": "{}",
      "bare/.winnow/recipe.json": "{}",
    };
    expect(await find(files)).toEqual(["bare: sidecar, 0", "set: sidecar, 4", "set/inner: sidecar, 3"]);
  });

  it("finds nothing more in a dataset of many pictures without captions", async () => {
    const files = { ...pictures("set/a", 120), ...pictures("set/b", 120), "set/.winnow/recipe.json": "{}" };
    expect(await find(files)).toEqual(["set: sidecar, 240"]);
  });

  it("finds a dataset that is linked into the workspace, once, and no loop", async () => {
    workspace = await createDataset({ ...pictures("far/set", 3, ".txt"), "near/notes.md": "" });
    const { root } = workspace;
    await symlink(join(root, "far/set"), join(root, "near/linked"), "dir");
    await symlink(join(root, "far/set"), join(root, "near/again"), "dir");
    await symlink(join(root, "near"), join(root, "near/loop"), "dir");
    expect(await findIn(join(root, "near"))).toHaveLength(1);
    expect(await findIn(root)).toEqual(["far/set: sidecar, 3"]);
  });
});

describe("findDatasets leaves alone", () => {
  const project = { "package.json": "{}", "src/index.ts": "", "tsconfig.json": "{}" };
  const cases: readonly (readonly [name: string, files: Files])[] = [
    ["pictures of a project of code", { ...project, ...pictures("src/assets/icons", 150), ...pictures("docs/images", 12) }],
    [
      "sprites with data beside them",
      { ...project, "assets/hero.png": "x", "assets/hero.json": '{"frames": {}}', "assets/font.png": "x", "assets/font.txt": "size=12" },
    ],
    ["a project's data tables", { ...project, "data/users.csv": "name,picture\na,b\n", ...pictures("public", 9) }],
    ["a few pictures without captions", pictures("pictures", 20)],
    ["screenshots", pictures("screenshots", 200)],
    [
      "what hides or is installed",
      { ...pictures(".cache/set", 5, ".txt"), ...pictures("node_modules/set", 5, ".txt"), ...pictures("venv/set", 5, ".txt") },
    ],
    ["an empty workspace", {}],
  ];
  for (const [name, files] of cases) {
    it(name, async () => {
      expect(await find(files)).toEqual([]);
    });
  }

  it("folders that are excluded, and those below", async () => {
    const files = { ...pictures("a/cache/set", 3, ".txt"), ...pictures("b/set", 3, ".txt"), ...pictures("c/set", 3, ".txt") };
    expect(await find(files, { exclude: ["**/cache", "b/**", "d/"] })).toEqual(["c/set: sidecar, 3"]);
  });

  it("folders that lie too deep", async () => {
    expect(await find(pictures("1/2/3/4/5/6/set", 5, ".txt"))).toEqual([]);
  });
});

describe("findDatasets", () => {
  it("finds the sample in this repository, and nothing else", async () => {
    workspace = await createDataset({});
    const checkout = fileURLToPath(new URL("../../../..", import.meta.url));
    const found = await findDatasets(workspace.env, { folders: [checkout], exclude: [] });
    expect(found.map(({ root, format }) => [relative(checkout, root), format])).toEqual([[join("media", "sample"), "sidecar"]]);
  });

  it("gives a folder once that is asked for twice, and nothing for one that is gone", async () => {
    workspace = await createDataset(pictures("set", 3, ".txt"));
    const { env, root } = workspace;
    const found = await findDatasets(env, { folders: [root, join(root, "set"), root, join(root, "gone")], exclude: [] });
    expect(found.map((dataset) => dataset.root)).toEqual([join(root, "set")]);
  });

  it("opens no picture", async () => {
    await find(pictures("set", 30, ".txt"));
    expect(workspace!.env.counters.filesRead).toBe(0);
  });

  it("stops when it is cancelled", async () => {
    workspace = await createDataset({ ...pictures("set", 3, ".txt") });
    await mkdir(join(workspace.root, "other"));
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(findDatasets(workspace.env, { folders: [workspace.root], exclude: [] }, signal)).rejects.toThrow("enough");
  });
});
