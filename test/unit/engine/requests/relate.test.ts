import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Relation } from "../../../../src/core/relations.ts";
import { undoOperation } from "../../../../src/engine/requests/operations.ts";
import { readGroups } from "../../../../src/engine/requests/readGroups.ts";
import { relate } from "../../../../src/engine/requests/relate.ts";
import { importVerdicts } from "../../../../src/engine/requests/verdicts.ts";
import { captionHash } from "../../../../src/engine/store/dotWinnow.ts";
import { openMade, type Opened } from "./opened.ts";

const options = { samples: 40, captionsPerSample: 2, problems: false };

async function say(made: Opened, relation: Relation | "clear", ...members: [row: number, captionIndex: number | null][]) {
  const named = members.map(([row, captionIndex]) => ({ sample: made.samples[row]!.id, captionIndex }));
  return await relate(made.env, await made.open(), { root: made.root, members: named, relation });
}

/** What persons decided, such as `3 drop: merged as …` by the samples' rows. */
async function words(made: Opened): Promise<string[]> {
  const { selection } = await made.state();
  const rowOf = (id: string): number => made.samples.findIndex((sample) => sample.id === id);
  return selection
    .filter(({ actor }) => actor === "person")
    .map(
      ({ sample, captionIndex, decision, reason }) =>
        `${rowOf(sample)}${captionIndex === undefined ? "" : `#${captionIndex}`} ${decision}: ${reason}`,
    )
    .sort();
}

describe("relate", () => {
  it("writes what a person said of every two, readable and with the captions' hashes, as one operation", async () => {
    const made = await openMade(options);
    const answer = await say(made, "falseNegative", [1, 0], [0, 1]);
    const [one, other] = [made.samples[1]!, made.samples[0]!];
    expect(await readFile(join(made.root, ".winnow/relations.csv"), "utf8")).toBe(
      `relation,left,leftCaptionIndex,leftCaptionHash,right,rightCaptionIndex,rightCaptionHash\n` +
        `falseNegative,${one.id},0,${captionHash(one.captions[0]!.text)},${other.id},1,${captionHash(other.captions[1]!.text)}\n`,
    );
    expect(await made.operations()).toMatchObject([
      { operation: answer.operation, kind: "relation", summary: `false negatives: ${one.id} #0 and ${other.id} #1`, state: "done" },
    ]);
    expect(answer.applied).toBe(1);
    expect(await say(made, "falseNegative", [0, 1], [1, 0])).toEqual({ applied: 0, operation: null });
    await undoOperation(made.env, made.root, { cascade: false });
    expect((await made.state()).relations).toEqual([]);
  });

  it("of duplicates drops all but the first at once, but nothing of the evaluation split", async () => {
    const made = await openMade({ ...options, validation: 0.3 });
    const train = [...made.samples.keys()].filter((row) => made.samples[row]!.split === undefined).slice(0, 3);
    const frozen = made.samples.findIndex(({ split }) => split === "validation");
    const answer = await say(made, "duplicate", [train[2]!, 0], [train[0]!, 1], [frozen, null], [train[1]!, 0]);
    expect(answer.applied).toBe(6);
    const first = made.samples[train[2]!]!.id;
    expect(await words(made)).toEqual(
      [`${train[0]} drop: merged as a duplicate of ${first}`, `${train[1]} drop: merged as a duplicate of ${first}`].sort(),
    );
  });

  it("takes a drop back with the word that made it, and no other drop", async () => {
    const made = await openMade(options);
    await say(made, "duplicate", [3, null], [5, null], [7, null]);
    await importVerdicts(made.env, made.root, `sample,captionIndex,verdict,reason\n${made.samples[7]!.id},,drop,ugly\n`);
    expect((await say(made, "clear", [5, null], [3, null])).applied).toBe(1);
    expect(await words(made)).toEqual(["7 drop: ugly"]);
    expect((await made.state()).relations).toHaveLength(2);
  });

  it("of duplicates is the last word, also where the person kept a caption before", async () => {
    const made = await openMade(options);
    await importVerdicts(made.env, made.root, `sample,captionIndex,verdict,reason\n${made.samples[5]!.id},1,keep,mine\n`);
    await say(made, "duplicate", [3, null], [5, null]);
    expect(await words(made)).toEqual([`5 drop: merged as a duplicate of ${made.samples[3]!.id}`]);
  });

  it("turned round keeps the other one", async () => {
    const made = await openMade(options);
    await say(made, "duplicate", [3, null], [5, null]);
    await say(made, "duplicate", [5, null], [3, null]);
    expect(await words(made)).toEqual([`3 drop: merged as a duplicate of ${made.samples[5]!.id}`]);
  });

  it("keeps hard negatives by the person's word as long as one holds", async () => {
    const made = await openMade(options);
    await say(made, "hardNegative", [3, 0], [5, 1]);
    await say(made, "hardNegative", [3, 0], [7, 0]);
    expect(await words(made)).toEqual([
      "3#0 keep: kept as a hard negative",
      "5#1 keep: kept as a hard negative",
      "7#0 keep: kept as a hard negative",
    ]);
    await say(made, "clear", [3, 0], [5, 1]);
    expect(await words(made)).toEqual(["3#0 keep: kept as a hard negative", "7#0 keep: kept as a hard negative"]);
    await say(made, "duplicate", [3, null], [7, null]);
    expect(await words(made)).toEqual([`7 drop: merged as a duplicate of ${made.samples[3]!.id}`]);
  });

  it("says in a sentence what the dataset has not", async () => {
    const made = await openMade(options);
    const ask = (sample: string, captionIndex: number | null) =>
      made.open().then((dataset) =>
        relate(made.env, dataset, {
          root: made.root,
          relation: "hardNegative",
          members: [
            { sample: made.samples[0]!.id, captionIndex: 0 },
            { sample, captionIndex },
          ],
        }),
      );
    await expect(ask("nowhere.jpg", 0)).rejects.toThrow("The dataset has no sample nowhere.jpg");
    await expect(ask(made.samples[1]!.id, 9)).rejects.toThrow(/has no caption 9, only 2/);
    await expect(say(made, "clear", [0, 0])).rejects.toThrow("Expected 2 to 100 pairs");
    expect(await made.operations()).toEqual([]);
  });

  it("never overwrites a file that somebody damaged", async () => {
    const made = await openMade(options);
    await say(made, "falseNegative", [1, 0], [0, 1]);
    const path = join(made.root, ".winnow/relations.csv");
    await writeFile(path, `${await readFile(path, "utf8")}friends,a,,,b,,\n`);
    await expect(say(made, "clear", [1, 0], [0, 1])).rejects.toThrow(
      /relations.csv line 3: Expected duplicate, falseNegative, hardNegative/,
    );
  });
});

describe("groups", () => {
  it("of exact copies hold those of bytes and of pixels, the largest first, with pictures, captions and signals", async () => {
    const made = await openMade({ samples: 900, captionsPerSample: 2, problems: false });
    const page = await readGroups(made.env, await made.open(), { kind: "duplicate", from: 0, to: 3, fields: ["clipScore"] });
    expect(page.count).toBe(10);
    expect(page.groups.map(({ id, kind, size }) => [id, kind, size])).toEqual([
      ["duplicate-0001", "duplicate", 2],
      ["pixelDuplicate-0001", "pixelDuplicate", 2],
      ["duplicate-0002", "duplicate", 2],
    ]);
    const [first] = page.groups[0]!.members;
    expect(first).toMatchObject({
      captionIndex: null,
      row: { sample: made.samples[1]!.id, captions: [{ text: made.samples[1]!.captions[0]!.text }, {}] },
    });
    expect(first!.row.captions[0]!.signals["clipScore"]).toBeCloseTo(made.clipScore[2]!, 6);
  });

  it("are found again one by one, and told when they are gone", async () => {
    const made = await openMade({ samples: 500, problems: false });
    const dataset = await made.open();
    const page = await readGroups(made.env, dataset, { kind: "confusable", from: 0, to: 0, fields: [], group: "confusable-0002" });
    expect(page.groups.map(({ id, scores }) => [id, scores?.length])).toEqual([["confusable-0002", 3]]);
    await expect(
      readGroups(made.env, dataset, { kind: "confusable", from: 0, to: 1, fields: [], group: "confusable-0099" }),
    ).rejects.toThrow("no group confusable-0099");
  });

  it("that are large are cut, the less the fewer are asked for", async () => {
    const made = await openMade({ samples: 3000, problems: false });
    const dataset = await made.open();
    const many = await readGroups(made.env, dataset, { kind: "concept", from: 0, to: 12, fields: [] });
    expect(many.groups.map(({ size, members }) => [size, members.length])).toEqual(Array.from({ length: 12 }, () => [250, 83]));
    const one = await readGroups(made.env, dataset, { kind: "concept", from: 3, to: 4, fields: [] });
    expect(one.groups[0]!.members).toHaveLength(250);
  });

  it("tell what a person said of two members", async () => {
    const made = await openMade(options);
    await say(made, "hardNegative", [14, 0], [12, 0]);
    await say(made, "falseNegative", [12, 1], [13, 1]);
    const read = async () => (await readGroups(made.env, await made.open(), { kind: "confusable", from: 0, to: 1, fields: [] })).groups[0]!;
    expect((await read()).relations).toEqual([{ left: 0, right: 2, relation: "hardNegative" }]);
    await say(made, "clear", [14, 0], [12, 0]);
    expect((await read()).relations).toEqual([]);
  });
});
