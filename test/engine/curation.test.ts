import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Bench } from "./winnow.ts";
import { createBench } from "./winnow.ts";

interface Group {
  readonly id: string;
  readonly members: readonly { readonly sample: string; readonly captionIndex: number | null }[];
  readonly relations: readonly { readonly left: number; readonly right: number; readonly relation: string }[];
}

interface Report {
  readonly stages: Readonly<Record<string, { readonly done: number }>>;
}

interface Row {
  readonly sample: string;
  readonly captionIndex: number;
  readonly signals: Readonly<Record<string, number | null>>;
  readonly verdict: string;
  readonly reason: string | null;
}

let bench: Bench;
let root: string;

beforeAll(async () => {
  bench = await createBench();
  root = await bench.copySample();
  await bench.json(["run", root]);
});
afterAll(() => bench.dispose());

const groups = (kind: string): Promise<Group[]> => bench.json<Group[]>(["groups", root, "--kind", kind]);
const run = (): Promise<Report> => bench.json<Report>(["run", root]);

async function rows(where: string): Promise<Row[]> {
  const { stdout } = await bench.winnow(["rows", root, "--where", where]);
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Row);
}

const isIn = (group: Group, ...samples: string[]): boolean => samples.every((name) => group.members.some(({ sample }) => sample === name));
const nameOf = ({ sample, captionIndex }: Group["members"][number]): string => `${sample}#${captionIndex}`;

describe("a run after winnow relate", () => {
  it("takes false negatives out of the confusable groups and of each other's ranks, and lists them", async () => {
    const [pair] = (await groups("confusable")).filter(({ members }) => members.length === 2);
    const [one, other] = pair!.members;
    const before = (await rows(`sample = "${one!.sample}"`)).find(({ captionIndex }) => captionIndex === one!.captionIndex)!;
    expect(await bench.json(["relate", root, nameOf(one!), nameOf(other!), "--as", "falseNegative"])).toMatchObject({ applied: 1 });
    expect((await run()).stages["score"]!.done).toBeGreaterThan(0);
    expect((await groups("confusable")).filter((group) => isIn(group, one!.sample, other!.sample))).toEqual([]);
    const [listed] = (await groups("falseNegative")).filter((group) => isIn(group, one!.sample, other!.sample));
    expect(listed!.relations).toMatchObject([{ relation: "falseNegative" }]);
    const after = (await rows(`sample = "${one!.sample}"`)).find(({ captionIndex }) => captionIndex === one!.captionIndex)!;
    for (const [rank, among] of [
      ["captionRank", "captionRankCandidates"],
      ["imageRank", "imageRankCandidates"],
    ] as const) {
      expect(after.signals[among]).toBe(before.signals[among]! - 1);
      expect(after.signals[rank]).toBeLessThanOrEqual(before.signals[rank]!);
    }
    expect((await run()).stages["score"]!.done).toBe(0);
  });

  it("makes one group of what was said to be one picture; all but the first were dropped at once", async () => {
    const [group] = (await groups("confusable")).filter(({ members }) => members.length > 2);
    const [one, other] = group!.members;
    await bench.json(["relate", root, one!.sample, other!.sample, "--as", "duplicate"]);
    const dropped = await rows(`sample = "${other!.sample}"`);
    expect(dropped.map(({ verdict, reason }) => [verdict, reason])).toEqual(
      dropped.map(() => ["drop", `merged as a duplicate of ${one!.sample}`]),
    );
    await run();
    const [merged] = (await groups("nearDuplicate")).filter((found) => isIn(found, one!.sample, other!.sample));
    expect(merged!.members[0]!.sample).toBe(one!.sample);
    expect((await groups("confusable")).filter((found) => isIn(found, one!.sample, other!.sample))).toEqual([]);
    await bench.json(["relate", root, one!.sample, other!.sample, "--as", "clear"]);
    expect((await rows(`sample = "${other!.sample}"`)).map(({ verdict }) => verdict)).not.toContain("drop");
    await run();
    expect((await groups("nearDuplicate")).filter((found) => isIn(found, one!.sample, other!.sample))).toEqual([]);
  });

  it("lists what was said to be hard negatives among the confusable, and exports them marked", async () => {
    const concepts = await groups("concept");
    const [one, other] = [concepts[0]!.members[3]!.sample, concepts.at(-1)!.members[3]!.sample];
    await bench.json(["relate", root, `${one}#0`, `${other}#0`, "--as", "hardNegative"]);
    await run();
    const [group] = (await groups("confusable")).filter((found) => isIn(found, one, other));
    expect(group!.relations.map(({ relation }) => relation)).toContain("hardNegative");
    const out = join(bench.folder, "hard");
    await bench.json(["export", root, "--to", "jsonl", "--out", out]);
    const exported = (await readFile(join(out, "captions.jsonl"), "utf8"))
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { sample: string; hardNegatives?: unknown });
    expect(exported.find(({ sample }) => sample === one)!.hardNegatives).toEqual([{ sample: other, captionIndex: 0 }]);
  });
});

describe("winnow recipe, compare and keep-best", () => {
  it("list, switch and move rules, and tell what changed", async () => {
    await bench.json(["prune", root, "--policy", "threshold", "--signal", "captionTokens", "--max", "12", "--apply"]);
    await bench.json(["prune", root, "--policy", "keepTop", "--keep", "70%", "--apply"]);
    interface Recipe {
      readonly rules: readonly { readonly policy: string; readonly off?: boolean }[];
      readonly effects: readonly { readonly dropped: number }[];
      readonly kept: { readonly captions: number };
      readonly operation: string | null;
    }
    const before = await bench.json<Recipe>(["recipe", root]);
    expect(before.rules.map(({ policy }) => policy)).toEqual(["threshold", "keepTop"]);
    expect(before.operation).toBeNull();
    const turned = await bench.json<Recipe>(["recipe", root, "--move", "2:1", "--off", "1", "--apply"]);
    expect(turned.rules.map(({ policy, off }) => [policy, off ?? false])).toEqual([
      ["keepTop", false],
      ["threshold", true],
    ]);
    expect(turned.effects[1]!.dropped).toBe(0);
    const parts = await bench.json<Record<string, number>>(["compare", root, "--left", turned.operation!]);
    expect(parts).toMatchObject({ both: turned.kept.captions, leftOnly: 0, rightOnly: 0 });
    const { stdout } = await bench.winnow(["compare", root, "--left", "start", "--list", "leftOnly"]);
    expect(stdout.trim().split("\n")).toHaveLength((await bench.json<Record<string, number>>(["compare", root]))["leftOnly"]!);
    // A run applies the recipe as it stands.
    await run();
    expect((await bench.json<Recipe>(["recipe", root])).kept).toEqual(turned.kept);
    expect((await bench.winnow(["recipe", root, "--off", "3"])).code).toBe(2);
  });

  it("keep the best of copies and say why", async () => {
    const told = await bench.json<{ kept: { group: string; why: string }[]; groups: number }>(["keep-best", root, "--by", "resolution"]);
    expect(told.groups).toBe((await groups("nearDuplicate")).length);
    expect(told.kept[0]!.why).toMatch(/^\d+ × \d+ is the largest|dropped already/);
  });
});

describe("winnow check", () => {
  it("draws pairs, keeps labels and tells precision and recall", async () => {
    const [middle] = (await rows("clipScorePercentile > 49")).map(({ signals }) => signals["clipScore"]!);
    const cut = ["--cut", String(middle)];
    const { stdout } = await bench.winnow(["check", root, ...cut, "--draw", "40"]);
    const lines = stdout.trim().split("\n");
    expect([lines[0], lines.length]).toEqual(["sample,captionIndex,caption,label", 41]);
    const labels = join(bench.folder, "labels.csv");
    await writeFile(labels, lines.map((line, at) => (at === 0 ? line : `${line}${at % 3 === 0 ? "mismatch" : "match"}`)).join("\n"));
    await bench.json(["check", root, "--labels", labels]);
    const estimate = await bench.json<Record<string, { value: number; low: number; high: number }>>(["check", root, ...cut]);
    for (const name of ["precision", "recall", "mismatchRate"]) {
      const { value, low, high } = estimate[name]!;
      expect(0 < low && low < value && value < high && high < 1, name).toBe(true);
    }
    expect(estimate["labelled"]).toMatchObject({ match: 27, mismatch: 13 });
  });
});

describe("winnow edit", () => {
  it("shows what it would change, changes it as one operation, and undo gives the bytes back", async () => {
    interface Edited {
      readonly changed: number;
      readonly overTokens: { readonly limit: number };
      readonly rows: readonly { readonly sample: string; readonly before: string; readonly after: string; readonly tokensBefore: number }[];
      readonly operation: string | null;
      readonly applied?: number;
    }
    const args = ["edit", root, "swap", "--pairs", "red=blue", "--where", 'caption ~ "red"'];
    const dry = await bench.json<Edited>(args);
    expect(dry).toMatchObject({ operation: null, overTokens: { limit: 64 } });
    const [row] = dry.rows;
    expect(row!.after).toBe(row!.before.replaceAll(/red|blue/g, (word) => (word === "red" ? "blue" : "red")));
    expect(row!.tokensBefore).toBeGreaterThan(2);
    const file = join(root, row!.sample.replace(/\.\w+$/, ".txt"));
    const before = await readFile(file);
    const done = await bench.json<Edited>([...args, "--apply"]);
    expect(done).toMatchObject({ changed: dry.changed, applied: dry.changed, operation: expect.stringMatching(/^\d{8}-/) as string });
    expect((await readFile(file, "utf8")).trim()).toBe(row!.after);
    await bench.json(["undo", root]);
    expect(await readFile(file)).toEqual(before);
    const { code, stderr } = await bench.winnow(["edit", root, "swap", "--find", "x"]);
    expect([code, stderr]).toEqual([2, expect.stringContaining("The operation swap has no option --find")]);
  });
});
