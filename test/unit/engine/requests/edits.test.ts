import { describe, expect, it } from "vitest";
import { editCaption, readOwnCaptions } from "../../../../src/engine/requests/editCaption.ts";
import { captionOfEdit } from "../../../../src/engine/requests/edits.ts";
import { readFittingItems } from "../../../../src/engine/requests/fitting.ts";
import { answerUndo } from "../../../../src/engine/requests/operations.ts";
import { withDataset } from "../../../../src/engine/store/dataset.ts";
import { sha256 } from "../../../../src/engine/store/files.ts";
import { applyOperation } from "../../../../src/engine/store/operations.ts";
import type { AnalysedWorkplace } from "./analysedWorkplace.ts";
import { createAnalysedWorkplace } from "./analysedWorkplace.ts";

const { signal } = new AbortController();
const editedItems = async ({ use }: AnalysedWorkplace): Promise<number[]> => [
  ...(await use((dataset) => readFittingItems(dataset, { where: "edited = true" }))),
];

function edit({ env, root, use, made }: AnalysedWorkplace, row: number, captionIndex: number): Promise<unknown> {
  const { id, captions } = made.samples[row]!;
  const change = { root, sample: id, captionIndex, before: captions[captionIndex]!.text, after: `a "new" (was ": ") text of ${row}` };
  return use((dataset) => editCaption(env, dataset, change, { signal }));
}

describe("edited captions", () => {
  it("are found by what Winnow changed, and no more when it is undone", async () => {
    const place = await createAnalysedWorkplace({ samples: 10, captionsPerSample: 3, files: true });
    expect(await editedItems(place)).toEqual([]);
    await edit(place, 0, 1);
    await edit(place, 7, 2);
    expect(await editedItems(place)).toEqual([1, 23]);
    await answerUndo(place.env, { root: place.root, cascade: false });
    expect(await editedItems(place)).toEqual([1]);
    await answerUndo(place.env, { root: place.root, cascade: false });
    expect(await editedItems(place)).toEqual([]);
  });

  it("are all captions of a file whose operation doesn't say which", async () => {
    const place = await createAnalysedWorkplace({ samples: 10, captionsPerSample: 2, files: true });
    const { captions } = place.made.samples[4]!;
    const before = sha256(`${captions.map(({ text }) => text).join("\n")}\n`);
    await withDataset(place.env, place.root, (open) => {
      const change = { path: "garden/04.txt", before, content: { kind: "bytes", bytes: "one\ntwo\n" } } as const;
      return applyOperation(open, { kind: "caption", summary: "rewrites garden/04.txt", changes: [change] });
    });
    expect(await editedItems(place)).toEqual([8, 9]);
  });

  it("are their last author's for filters and the inspector, and the data's again when it is undone", async () => {
    const place = await createAnalysedWorkplace({ samples: 4, captionsPerSample: 2, files: true });
    const of = async (where: string): Promise<number[]> => [
      ...(await place.use((dataset) => readFittingItems(dataset, { where, sort: "author,split" }))),
    ];
    const toldOf = async (row: number): Promise<string[]> =>
      (await place.use((dataset) => readOwnCaptions(dataset, place.made.samples[row]!.id))).map(({ author }) => author);
    const [imported, [first, second]] = [await of('author = "import"'), await toldOf(1)];
    expect(imported).toEqual([0, 2, 4, 6]);
    await edit(place, 1, 0);
    expect(await of('author = "human"')).toEqual([1, 2, 3, 5, 7]);
    expect(await of('author = "human" AND edited = true')).toEqual([2]);
    expect(await of('author = "import"')).toEqual([0, 4, 6]);
    expect(await toldOf(1)).toEqual(["human", second]);
    await answerUndo(place.env, { root: place.root, cascade: false });
    expect(await of('author = "import"')).toEqual(imported);
    expect(await toldOf(1)).toEqual([first, second]);
  });

  it("are read out of summaries with any text", () => {
    expect(captionOfEdit({ summary: 'caption 2 of a b/c of.jpg: "x" (was "y")' })).toEqual({
      sample: "a b/c of.jpg",
      captionIndex: 2,
      isShared: false,
    });
    expect(captionOfEdit({ summary: 'caption 0 of a.jpg and 3 more: "" (was "a\nb")' })).toMatchObject({ sample: "a.jpg", isShared: true });
    expect(captionOfEdit({ summary: "rewrites 3 captions" })).toBeUndefined();
  });
});
