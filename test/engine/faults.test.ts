import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { auroc } from "./auroc.ts";
import type { Bench } from "./winnow.ts";
import { checkout, createBench } from "./winnow.ts";

interface Fault {
  readonly kind: string;
  readonly sample: string;
  readonly of?: string;
  readonly with?: string;
}

interface Row {
  readonly sample: string;
  readonly caption: string;
  readonly signals: Readonly<Record<string, number | boolean | null>>;
}

interface Group {
  readonly members: readonly { readonly sample: string }[];
}

/** The sample's planted faults against what the engine finds by itself. */
describe("the sample's planted faults", () => {
  let bench: Bench;
  let root: string;
  let faults: readonly Fault[];
  let rows: readonly Row[];
  let problems: readonly { readonly code: string; readonly sample: string | null; readonly file: string }[];

  const planted = (kind: string): Fault[] => {
    const found = faults.filter((fault) => fault.kind === kind);
    expect(found, kind).not.toEqual([]);
    return found;
  };
  const areTogether = async (kind: string, fault: Fault): Promise<boolean> => {
    const groups = await bench.json<Group[]>(["groups", root, "--kind", kind]);
    return groups.some(({ members }) => [fault.sample, fault.of].every((name) => members.some(({ sample }) => sample === name)));
  };

  beforeAll(async () => {
    bench = await createBench();
    root = await bench.copySample();
    ({ faults } = JSON.parse(await readFile(join(checkout, "media/sample-faults.json"), "utf8")) as { faults: Fault[] });
    ({ problems } = await bench.json<{ problems: typeof problems }>(["run", root]));
    const { stdout } = await bench.winnow(["rows", root]);
    rows = stdout
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as Row);
  });
  afterAll(() => bench.dispose());

  it("swapped captions stand out by their score: AUROC at least 0.97", () => {
    const swapped = new Set(planted("swappedCaption").flatMap(({ sample, with: other }) => [sample, other]));
    const faulty = new Set(faults.map(({ sample }) => sample));
    const known = rows.filter(({ signals }) => typeof signals["clipScore"] === "number");
    const scoreOf = ({ signals }: Row): number => Number(signals["clipScore"]);
    const value = auroc(
      known.filter(({ sample }) => swapped.has(sample)).map(scoreOf),
      known.filter(({ sample }) => !swapped.has(sample) && !faulty.has(sample)).map(scoreOf),
    );
    console.log(`AUROC of the sample's swapped captions: ${value.toFixed(4)}`);
    expect(value).toBeGreaterThanOrEqual(0.97);
  });

  it.each(["wrongColour", "wrongCount", "wrongRelation"])("captions of the kind %s score below the sound ones' middle", (kind) => {
    const sound = rows.filter(({ sample }) => !faults.some((fault) => fault.sample === sample || fault.with === sample));
    const scores = sound.map(({ signals }) => Number(signals["clipScore"])).sort((a, b) => a - b);
    const middle = scores[Math.floor(scores.length / 2)]!;
    const wrong = planted(kind).map(({ sample }) => Number(rows.find((row) => row.sample === sample)!.signals["clipScore"]));
    const below = wrong.filter((score) => score < middle).length;
    console.log(`${kind}: ${below} of ${wrong.length} below the middle of the sound captions`);
    expect(below / wrong.length).toBeGreaterThanOrEqual(0.7);
  });

  it("every exact duplicate is found, by bytes and by pixels", async () => {
    for (const fault of planted("exactDuplicate")) expect(await areTogether("duplicate", fault), fault.sample).toBe(true);
    for (const fault of planted("pixelDuplicate")) {
      expect(await areTogether("pixelDuplicate", fault), fault.sample).toBe(true);
      expect(await areTogether("duplicate", fault), fault.sample).toBe(true);
    }
  });

  it("near-duplicates are found, but for one at most", async () => {
    const found = await Promise.all(planted("nearDuplicate").map((fault) => areTogether("nearDuplicate", fault)));
    console.log(`near-duplicates: ${found.filter(Boolean).length} of ${found.length}`);
    expect(found.filter((isFound) => !isFound).length).toBeLessThanOrEqual(1);
  });

  it("the broken picture, the empty and the missing caption and the orphan are problems with a hint", () => {
    const expected = {
      brokenImage: "brokenImage",
      emptyCaption: "emptyCaption",
      missingCaption: "missingCaption",
      orphanCaption: "orphanCaption",
    };
    for (const [kind, code] of Object.entries(expected)) {
      for (const { sample } of planted(kind)) {
        const stem = sample.replace(/\.\w+$/, "");
        expect(
          problems.some((problem) => problem.code === code && (problem.sample ?? problem.file).startsWith(stem)),
          `${kind} ${sample}`,
        ).toBe(true);
      }
    }
  });

  it("over-long captions are flagged as truncated, and no others", () => {
    const long = new Set(planted("longCaption").map(({ sample }) => sample));
    expect(new Set(rows.filter(({ signals }) => signals["truncated"] === true).map(({ sample }) => sample))).toEqual(long);
  });

  it("the same caption on different pictures is a group", async () => {
    const groups = await bench.json<Group[]>(["groups", root, "--kind", "sameCaption"]);
    for (const { sample } of planted("sameCaption")) {
      expect(
        groups.some(({ members }) => members.some((member) => member.sample === sample)),
        sample,
      ).toBe(true);
    }
  });
});
