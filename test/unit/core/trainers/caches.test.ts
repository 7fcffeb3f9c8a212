import { describe, expect, it } from "vitest";
import { findCaches } from "../../../../src/core/trainers/caches.ts";

const filesAt = (times: Readonly<Record<string, number>>) =>
  Object.entries(times).map(([path, mtimeMs]) => ({ path, mtimeMs, sizeBytes: 10 }));
const staleOf = (times: Readonly<Record<string, number>>) =>
  Object.fromEntries(findCaches(filesAt(times)).map(({ path, madeOf, stale }) => [path, [madeOf, stale]]));

describe("caches of trainers", () => {
  it("are found, and stale where what they were made of is newer", () => {
    const before = {
      "1_x/a.png": 1,
      "1_x/a.txt": 5,
      "1_x/a_te_outputs.npz": 3,
      "1_x/a_0512x0768_sdxl.npz": 3,
      "1_x/a_flux.npz": 3,
      "1_x/a.npz": 0.5,
    };
    expect(staleOf(before)).toEqual({
      "1_x/a_te_outputs.npz": ["captions", "1_x/a.txt is newer"],
      "1_x/a_0512x0768_sdxl.npz": ["pictures", null],
      "1_x/a_flux.npz": ["pictures", null],
      "1_x/a.npz": ["pictures", "1_x/a.png is newer"],
    });
  });

  it("are stale where their picture is gone, and fit where there never was a caption file", () => {
    expect(staleOf({ "b.png": 1, "a_flux_te.npz": 3, "b_sd3_te.npz": 3 })).toEqual({
      "a_flux_te.npz": ["captions", "its picture is gone"],
      "b_sd3_te.npz": ["captions", null],
    });
  });

  it("of ai-toolkit and lists of sizes are judged by their folders", () => {
    expect(
      staleOf({
        "a.png": 5,
        "a.txt": 1,
        "_latent_cache/a_f00d.safetensors": 3,
        "_t_e_cache/a_f00d.safetensors": 3,
        ".aitk_size.json": 4,
        "metadata_cache.json": 6,
        "deep/aspect_ratio_bucket_indices_x.json": 1,
      }),
    ).toEqual({
      "_latent_cache/a_f00d.safetensors": ["pictures", "a.png is newer"],
      "_t_e_cache/a_f00d.safetensors": ["captions", null],
      ".aitk_size.json": ["pictures", "a.png is newer"],
      "metadata_cache.json": ["pictures", null],
      "deep/aspect_ratio_bucket_indices_x.json": ["pictures", null],
    });
  });

  it("are no files of the person's own", () => {
    expect(findCaches(filesAt({ "a.png": 1, "a.txt": 1, "sizes.json": 1, "model.safetensors": 1 }))).toEqual([]);
  });
});
