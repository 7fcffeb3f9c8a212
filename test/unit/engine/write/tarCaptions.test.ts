import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { PlacedChange } from "../../../../src/core/captions/edit.ts";
import { placeOfCaption } from "../../../../src/core/captions/place.ts";
import type { Sample } from "../../../../src/core/sample.ts";
import { readPicture } from "../../../../src/engine/decode/openLocator.ts";
import type { CaptionMode } from "../../../../src/engine/discover/reader.ts";
import { webdatasetReader } from "../../../../src/engine/discover/webdataset.ts";
import { withDataset } from "../../../../src/engine/store/dataset.ts";
import { applyBatch, planBatch, type BatchChange } from "../../../../src/engine/write/captionBatch.ts";
import { planCaptions, type CaptionPlanner } from "../../../../src/engine/write/captionPlans.ts";
import { undo } from "../../../../src/engine/write/undo.ts";
import { readWith } from "../discover/readWith.ts";
import { tarOf } from "../discover/tar.ts";
import { createWorkplace, type Workplace } from "../store/workplace.ts";

const planner: CaptionPlanner = async (env, bytes, asked) => ({ plans: await planCaptions(env, bytes, asked), bytes });
const note = { summary: "test", samples: new Map(), edited: [] };

/** The blocks of an archive: each header with its body and padding, by the tar format and nothing of ours. */
function blocksOf(bytes: Buffer): Buffer[] {
  const blocks: Buffer[] = [];
  for (let at = 0; at < bytes.length && bytes[at] !== 0;) {
    const size = Number.parseInt(bytes.toString("latin1", at + 124, at + 135), 8);
    const to = at + 512 + Math.ceil(size / 512) * 512;
    blocks.push(bytes.subarray(at, to));
    at = to;
  }
  return blocks;
}

async function samplesOf(place: Workplace, captions: CaptionMode | undefined): Promise<readonly Sample[]> {
  return (await readWith(webdatasetReader, place, captions === undefined ? {} : { captions })).samples;
}

const textsOf = (samples: readonly Sample[]): string[][] => samples.map(({ captions }) => captions.map(({ text }) => text));

function changeOf(sample: Sample, index: number, change: { readonly after: string; readonly adds?: true }): PlacedChange {
  const { text: before, origin } = sample.captions[index]!;
  const place = placeOfCaption({ format: "webdataset", origin, position: 0, count: 1, captions: sample.captions.length });
  return { place, before, ...change };
}

const words = fc.string({ unit: fc.constantFrom("a", " ", "é", "狐", "\n", "\r\n", '"', "long ".repeat(60)), maxLength: 12 });
const body = fc.tuple(words, fc.constantFrom("txt", "caption", "json", "list"), fc.constantFrom("", "\n", "\r\n"), fc.nat(3000));
const folderOf = fc.constantFrom("", "a folder/", "deep-狐/".repeat(20));

describe("captions in a tar archive", () => {
  it("are read as the new texts, every other byte of every member and header stays, and the undo gives the archive back", async () => {
    const place = await createWorkplace();
    const file = join(place.root, "00000.tar");
    const { signal } = new AbortController();
    let [written, moved] = [0, 0];
    const drawn = fc.tuple(
      fc.array(body, { minLength: 1, maxLength: 5 }),
      folderOf,
      fc.constantFrom<CaptionMode | undefined>(undefined, "one", "lines"),
      fc.array(fc.tuple(fc.nat(), fc.nat(), words, fc.boolean()), { minLength: 1, maxLength: 6 }),
    );
    await fc.assert(
      fc.asyncProperty(drawn, async ([bodies, folder, mode, picks]) => {
        const members = bodies.flatMap(([text, field, end, pictureBytes], at): [string, string | Buffer][] => [
          [`${folder}${at}.jpg`, Buffer.alloc(pictureBytes, 65 + at)],
          field === "json" || field === "list"
            ? [`${folder}${at}.json`, `${JSON.stringify({ caption: field === "json" ? text : [text, "x"], n: at })}${end}`]
            : [`${folder}${at}.${field}`, `${text}${end}`],
        ]);
        const bytes = await tarOf(members);
        await writeFile(file, bytes);
        const samples = await samplesOf(place, mode);
        const expected = textsOf(samples);
        const pictures = await Promise.all(samples.map(({ locator }) => readPicture(place.env, locator)));
        const changes: BatchChange[] = [];
        const chosen = new Map(
          picks.map(([sample, caption, ...rest]) => [
            `${sample % samples.length} ${caption % samples[sample % samples.length]!.captions.length}`,
            rest,
          ]),
        );
        for (const [key, [after, adds]] of chosen) {
          const [at, index] = key.split(" ").map(Number) as [number, number];
          changes.push({ pair: changes.length, ...changeOf(samples[at]!, index, adds ? { after, adds } : { after }) });
        }
        const plan = await planBatch(place.env, [{ file, changes }], planner, { signal });
        for (const { reason } of plan.left) expect(reason).toMatch(/was not changed: /);
        const keys = [...chosen.keys()];
        for (const { pair, caption } of plan.files[0]?.captions ?? []) {
          const [at, index] = keys[pair]!.split(" ").map(Number) as [number, number];
          if (changes[pair]!.adds === true) expected[at]!.push(caption);
          else expected[at]![index] = caption;
        }
        await withDataset(place.env, place.root, async (dataset, state) => {
          const operation = await applyBatch(dataset, state, { plan, note, signal });
          if (operation === null) return;
          const now = await readFile(file);
          expect(textsOf(await samplesOf(place, mode))).toEqual(expected);
          const [before, after] = [blocksOf(bytes), blocksOf(now)];
          expect(after).toHaveLength(before.length);
          const touched = before.flatMap((block, at) => (block.equals(after[at]!) ? [] : [at]));
          expect(touched.length).toBeLessThanOrEqual(plan.files[0]!.replacements.length);
          for (const at of touched) {
            const kept = (block: Buffer): Buffer =>
              Buffer.concat([block.subarray(0, 124), block.subarray(136, 148), block.subarray(156, 512)]);
            expect(kept(after[at]!)).toEqual(kept(before[at]!));
          }
          written += touched.length;
          if (now.length !== bytes.length) moved += 1;
          // Where the analysis knows them: a picture that moved is found again.
          expect(await Promise.all(samples.map(({ locator }) => readPicture(place.env, locator)))).toEqual(pictures);
          expect(await undo(dataset, operation)).toMatchObject({ left: [] });
        });
        expect(await readFile(file)).toEqual(bytes);
      }),
      { numRuns: 150 },
    );
    expect(written).toBeGreaterThan(100);
    expect(moved).toBeGreaterThan(20);
  });

  it("stay with a sentence where the archive changed, a member is gone, or its size stands in two headers", async () => {
    const place = await createWorkplace();
    const file = join(place.root, "00000.tar");
    const { signal } = new AbortController();
    const at = (member: string, before: string): BatchChange => ({
      ...{ pair: 0, before, after: "new" },
      place: { kind: "member", member, place: { kind: "plain", part: { kind: "body" } } },
    });
    const reasonOf = async (change: BatchChange): Promise<string | undefined> =>
      (await planBatch(place.env, [{ file, changes: [change] }], planner, { signal })).left[0]?.reason;
    const bytes = await tarOf([
      ["x.jpg", "1"],
      ["x.txt", "one"],
    ]);
    await writeFile(file, bytes);
    expect(await reasonOf(at("x.txt", "two"))).toMatch(/x\.txt in .*00000\.tar was not changed: the caption in the file says "one" now/);
    expect(await reasonOf(at("y.txt", "one"))).toMatch(/does not hold the text any more: run the analysis again/);
    // A pax header before the text's own tells its size.
    const record = "10 size=3\n";
    const pax = (await tarOf([["pax", record]])).subarray(0, 1024);
    const typed = Buffer.from(pax);
    typed.write("x", 156, "latin1");
    typed.write("        ", 148, "latin1");
    const sum = typed.subarray(0, 512).reduce((total, byte) => total + byte, 0);
    typed.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
    await writeFile(file, Buffer.concat([bytes.subarray(0, 1024), typed, bytes.subarray(1024)]));
    expect(await reasonOf(at("x.txt", "one"))).toMatch(/a header before its own tells its size too/);
  });

  it("are written all or none: a stop in the midst of a large archive leaves it as it is, and nothing beside it", async () => {
    const place = await createWorkplace();
    const file = join(place.root, "00000.tar");
    const bytes = await tarOf([
      ["x.jpg", Buffer.alloc(9 << 20, 7)],
      ["x.txt", "one"],
    ]);
    await writeFile(file, bytes);
    const [sample] = await samplesOf(place, undefined);
    const stop = new AbortController();
    const plan = await planBatch(place.env, [{ file, changes: [{ pair: 0, ...changeOf(sample!, 0, { after: "two" }) }] }], planner, {
      signal: stop.signal,
    });
    const read = place.env.counters.bytesRead;
    Object.defineProperty(place.env.counters, "bytesRead", {
      get: () => read,
      set: (now: number) => now - read > 4 << 20 && stop.abort(new Error("stopped")),
    });
    await withDataset(place.env, place.root, async (dataset, state) => {
      await expect(applyBatch(dataset, state, { plan, note, signal: stop.signal })).rejects.toThrow("stopped");
    });
    expect(await readFile(file)).toEqual(bytes);
  });
});
