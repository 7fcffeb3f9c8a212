import { symlink } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { listSamples } from "../../../../src/engine/tune/imageSamples.ts";
import { createWorkplace, write } from "../store/workplace.ts";

/** A job of kohya's whose sample pictures are said to lie in a folder. */
async function writeJob(samplesBelow: string) {
  const { root: folder, outside } = await createWorkplace();
  const job = { trainer: "kohya", folder, prompts: ["a cat"], samples: join(folder, samplesBelow) };
  await write(join(folder, "job.json"), JSON.stringify(job));
  return { folder, outside };
}

const name = (epoch: number): string => `tuned_e00000${epoch}_00_20260101120000_1.png`;

describe("the sample pictures of a job", () => {
  it("are the plain files by its trainer's names, and no links", async () => {
    const { folder, outside } = await writeJob("output/sample");
    await write(join(folder, "output/sample", name(2)), "");
    await write(join(folder, "output/sample/notes.png"), "");
    await write(join(outside, "secret.png"), "");
    await symlink(join(outside, "secret.png"), join(folder, "output/sample", name(1)));
    const { samples } = await listSamples(folder);
    expect(samples.map((sample) => [sample.name, sample.unit, sample.at])).toEqual([[name(2), "epoch", 2]]);
  });

  it("are looked for in no folder but the job's own, whatever its file says or a link leads to", async () => {
    const told = await writeJob("../outside");
    await write(join(told.folder, "../outside", name(1)), "");
    await expect(listSamples(told.folder)).rejects.toThrow("which is not below its folder");
    const linked = await writeJob("output");
    await write(join(linked.outside, name(1)), "");
    await symlink(linked.outside, join(linked.folder, "output"));
    await expect(listSamples(linked.folder)).rejects.toThrow("which is not below its folder");
  });

  it("are none before there is a folder of them", async () => {
    const { folder } = await writeJob("output/sample");
    expect(await listSamples(folder)).toEqual({ prompts: ["a cat"], samples: [] });
  });
});
