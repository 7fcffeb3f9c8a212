import { utimes } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { clearCaches } from "../../../../src/engine/requests/clearCaches.ts";
import { answerUndo, listOperations } from "../../../../src/engine/requests/operations.ts";
import { createWorkplace, snapshot } from "../store/workplace.ts";

const signal = new AbortController().signal;

describe("clearing trainers' caches", () => {
  it("moves the stale ones to the trash as one operation, and undo brings them back", async () => {
    const place = await createWorkplace({
      "1_x/a.png": "picture",
      "1_x/a.txt": "a dog",
      "1_x/a_te_outputs.npz": "of an older caption",
      "1_x/a.npz": "of the picture",
      "1_x/_latent_cache/gone_1234.safetensors": "of no picture",
    });
    await utimes(join(place.root, "1_x/a_te_outputs.npz"), 1000, 1000);
    const before = await snapshot(place.root);
    const told: number[] = [];
    const cleared = await clearCaches(place.env, { root: place.root, all: false }, { signal, onProgress: ({ done }) => told.push(done) });
    expect(cleared).toMatchObject({ files: 2, sizeBytes: "of an older captionof no picture".length });
    expect(told.at(-1)).toBe(2);
    expect(Object.keys(await snapshot(place.root)).sort()).toEqual(["1_x/a.npz", "1_x/a.png", "1_x/a.txt"]);
    expect(await listOperations(place.env, place.root)).toMatchObject([{ kind: "cache", files: 2, state: "done" }]);
    await answerUndo(place.env, { root: place.root, cascade: false });
    expect(await snapshot(place.root)).toEqual(before);
  });

  it("does nothing where all fit, and takes all where it is told to", async () => {
    const place = await createWorkplace({ "a.png": "picture", "a.npz": "of the picture" });
    expect(await clearCaches(place.env, { root: place.root, all: false }, { signal })).toEqual({ files: 0, sizeBytes: 0, operation: null });
    expect(await clearCaches(place.env, { root: place.root, all: true }, { signal })).toMatchObject({ files: 1 });
    expect(Object.keys(await snapshot(place.root))).toEqual(["a.png"]);
  });
});
