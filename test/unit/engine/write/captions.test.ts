import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative, sep } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CaptionPlace } from "../../../../src/core/captions/place.ts";
import { placeOfCaption } from "../../../../src/core/captions/place.ts";
import type { Sample } from "../../../../src/core/sample.ts";
import { createListing } from "../../../../src/engine/discover/listing.ts";
import type { FileText } from "../../../../src/engine/discover/text.ts";
import { decodeText } from "../../../../src/engine/discover/text.ts";
import { withDataset } from "../../../../src/engine/store/dataset.ts";
import { captionHash } from "../../../../src/engine/store/dotWinnow.ts";
import type { PlacedChange } from "../../../../src/core/captions/edit.ts";
import type { Env } from "../../../../src/engine/env.ts";
import type { CaptionPlan, FileChanges } from "../../../../src/engine/write/captionPlans.ts";
import { CaptionError, planCaptions } from "../../../../src/engine/write/captionPlans.ts";
import { applyCaptionEdit } from "../../../../src/engine/write/captions.ts";
import { partsOf } from "../../../../src/engine/write/encodedText.ts";
import { undo } from "../../../../src/engine/write/undo.ts";
import type { CaptionFormat } from "./captionFormats.ts";
import { captionFormats } from "./captionFormats.ts";
import { envIn } from "../store/workplace.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "winnow-captions-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const texts = fc.string({
  unit: fc.constantFrom("a", "b", " ", "é", "狐", "🦊", '"', ",", "\n", "\r\n", "\\", "|", "\t", "\u2028"),
  maxLength: 12,
});

type Files = Readonly<Record<string, Buffer>>;

/** Reads a dataset whose files are in memory, and on the disk where a reader looks into their beginnings. */
async function readSamples(root: string, files: Files, { reader, options, isTable }: CaptionFormat): Promise<readonly Sample[]> {
  if (isTable) for (const [path, bytes] of Object.entries(files)) if (bytes.length > 0) await writeFile(join(root, path), bytes);
  const listed = Object.entries(files).map(([path, { length }]) => ({ path, sizeBytes: length, mtimeMs: 0, inode: 0 }));
  const readText = ({ path }: { readonly path: string }): Promise<FileText> => Promise.resolve(decodeText(files[path]!));
  const samples: Sample[] = [];
  for await (const found of reader.read({ env: envIn(folder), listing: createListing(root, listed), options, readText }))
    if (found.kind === "sample") samples.push(found.sample);
  return samples;
}

function placeIn(sample: Sample, index: number, format: string): CaptionPlace {
  const { origin } = sample.captions[index]!;
  const same = [...sample.captions.keys()].filter((other) => JSON.stringify(sample.captions[other]!.origin) === JSON.stringify(origin));
  return placeOfCaption({ format, origin, position: same.indexOf(index), count: same.length, captions: sample.captions.length });
}

const textsOf = (samples: readonly Sample[]): string[][] => samples.map(({ captions }) => captions.map(({ text }) => text));

/** The file's bytes after the change; undefined where the text can't stand there. */
async function changeOrRefuse(
  bytes: Buffer,
  { file, ...change }: PlacedChange & { readonly file: string },
): Promise<{ bytes: Buffer; caption: string } | undefined> {
  const plan = (await planCaptions({ now: () => 0 }, bytes, { file, changes: [change] }))[0]!;
  if (plan.kind === "replacement") return { bytes: Buffer.concat(partsOf(bytes, [plan])), caption: plan.caption };
  if (plan.code === "unfit") return undefined;
  throw new Error(plan.message);
}

async function planHere(env: Env, bytes: Buffer, asked: FileChanges): Promise<{ plans: CaptionPlan[]; bytes: Buffer }> {
  return { plans: await planCaptions(env, bytes, asked), bytes };
}

/** Where nobody would read another caption: a file that is one caption, a first line, and entries that hold more than Winnow makes. */
const refusing = new Set(["caption files (one)", "kohya's folders", "kohya's metadata", "Karpathy's splits"]);

describe("a caption changed in its file", () => {
  for (const format of captionFormats) {
    it(`of ${format.name} is read as the new text, every other as before, and the bytes around it stay`, async () => {
      const root = await mkdtemp(join(folder, "root-"));
      const drawn = fc.tuple(texts, texts, texts).chain(format.files);
      let changes = 0;
      await fc.assert(
        fc.asyncProperty(drawn, texts, fc.nat(), fc.nat(), async (captionFiles, after, pickSample, pickCaption) => {
          const pictures = ["a", "b", "c"].map((name) => [`${format.pictures}${name}.jpg`, Buffer.alloc(0)] as const);
          const files: Files = Object.fromEntries([
            ...pictures,
            ...Object.entries(captionFiles).map(([path, text]) => [path, Buffer.from(text)] as const),
          ]);
          const samples = await readSamples(root, files, format);
          const at = pickSample % samples.length;
          const sample = samples[at]!;
          if (sample.captions.length === 0) return;
          const index = pickCaption % sample.captions.length;
          const { text: before, origin } = sample.captions[index]!;
          const [path, file] = [relative(root, origin.file).replaceAll(sep, "/"), origin.file];
          const place = placeIn(sample, index, format.reader.id);
          const changed = await changeOrRefuse(files[path]!, { file, place, before, after });
          if (changed === undefined) return;
          changes += 1;
          const expected = textsOf(samples);
          expected[at]![index] = changed.caption;
          expect(textsOf(await readSamples(root, { ...files, [path]: changed.bytes }, format))).toEqual(expected);
          expect(changed.caption.trim()).toBe((/^caption files/.test(format.name) ? after.replaceAll(/\r\n?/g, "\n") : after).trim());
          const back = await changeOrRefuse(changed.bytes, { file, place, before: changed.caption, after: before });
          if (back !== undefined) expect(back.caption).toBe(before);
        }),
        { numRuns: 2000 },
      );
      expect(changes).toBeGreaterThan(500);
    });
  }

  // Where a person asked for first lines only, nothing tells so of a file that has but one.
  for (const format of captionFormats.filter(({ options }) => options.captions !== "first")) {
    it(`of ${format.name} gets another beside it that is read as the last of its picture, and all else as before, or is refused`, async () => {
      const root = await mkdtemp(join(folder, "added-"));
      const drawn = fc.tuple(texts, texts, texts).chain(format.files);
      let additions = 0;
      await fc.assert(
        fc.asyncProperty(drawn, fc.array(texts, { minLength: 1, maxLength: 3 }), fc.nat(), async (captionFiles, afters, pick) => {
          const pictures = ["a", "b", "c"].map((name) => [`${format.pictures}${name}.jpg`, Buffer.alloc(0)] as const);
          const written = Object.entries(captionFiles).map(([path, text]) => [path, Buffer.from(text)] as const);
          const files: Files = Object.fromEntries([...pictures, ...written]);
          const samples = await readSamples(root, files, format);
          const at = pick % samples.length;
          const sample = samples[at]!;
          const caption = sample.captions[pick % Math.max(1, sample.captions.length)];
          if (caption === undefined) return;
          const { file } = caption.origin;
          const path = relative(root, file).replaceAll(sep, "/");
          const place = placeIn(sample, sample.captions.indexOf(caption), format.reader.id);
          const changes = afters.map((after) => ({ place, before: caption.text, after, adds: true }));
          const plans = await planCaptions({ now: () => 0 }, files[path]!, { file, changes });
          const expected = textsOf(samples);
          for (const plan of plans) {
            if (plan.kind === "refusal") expect(plan, plan.message).toMatchObject({ code: "unfit" });
            else expected[at]!.push(plan.caption);
          }
          const added = plans.filter((plan) => plan.kind === "replacement");
          additions += added.length;
          const bytes = Buffer.concat(partsOf(files[path]!, added));
          expect(textsOf(await readSamples(root, { ...files, [path]: bytes }, format))).toEqual(expected);
          for (const [index, plan] of plans.entries()) if (plan.kind === "replacement") expect(plan.caption).toBe(afters[index]!.trim());
        }),
        { numRuns: 400 },
      );
      if (refusing.has(format.name)) expect(additions).toBe(0);
      else expect(additions).toBeGreaterThan(150);
    });
  }

  it("comes back to the byte when it is undone, whatever its file, encoding and line ends", async () => {
    const root = await mkdtemp(join(folder, "undone-"));
    const env = envIn(await mkdtemp(join(folder, "env-")));
    const drawn = fc.constantFrom(...captionFormats).chain((format) =>
      fc
        .tuple(texts, texts, texts)
        .chain(format.files)
        .map((files) => ({ format, files })),
    );
    let changes = 0;
    await fc.assert(
      fc.asyncProperty(drawn, texts, fc.nat(), async ({ format, files }, after, pick) => {
        await rm(root, { recursive: true });
        for (const [path, text] of Object.entries(files)) {
          await mkdir(dirname(join(root, path)), { recursive: true });
          await writeFile(join(root, path), text);
        }
        const pictures = ["a", "b", "c"].map((name) => [`${format.pictures}${name}.jpg`, Buffer.alloc(0)] as const);
        const captionFiles = Object.entries(files).map(([path, text]) => [path, Buffer.from(text)] as const);
        const samples = await readSamples(root, Object.fromEntries([...pictures, ...captionFiles]), format);
        const captioned = samples.filter(({ captions }) => captions.length > 0);
        if (captioned.length === 0) return;
        const sample = captioned[pick % captioned.length]!;
        const captionIndex = pick % sample.captions.length;
        const { text: before, origin } = sample.captions[captionIndex]!;
        const reader = { sample: sample.id, captionIndex, hashes: sample.captions.map(({ text }) => captionHash(text)) };
        const edit = { file: origin.file, place: placeIn(sample, captionIndex, format.reader.id), before, after, readers: [reader] };
        const bytes = await readFile(origin.file);
        await withDataset(env, root, async (dataset, state) => {
          const operation = await applyCaptionEdit(dataset, state, edit, planHere).catch((error: unknown) => {
            if (error instanceof CaptionError && error.code === "unfit") return null;
            throw error;
          });
          if (operation === null) return;
          changes += 1;
          expect(await readFile(origin.file)).not.toEqual(bytes);
          expect(await undo(dataset, operation)).toMatchObject({ left: [] });
        });
        expect(await readFile(origin.file)).toEqual(bytes);
      }),
      { numRuns: 60 },
    );
    expect(changes).toBeGreaterThan(15);
  });
});
