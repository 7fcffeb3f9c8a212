import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Bench } from "./winnow.ts";
import { createBench } from "./winnow.ts";

interface Report {
  readonly dataset: { readonly format: string; readonly samples: number; readonly captions: number };
  readonly encoder: { readonly id: string; readonly provider: string };
  readonly stages: Readonly<
    Record<string, { readonly ms: number; readonly done: number; readonly total: number; readonly cached: number }>
  >;
  readonly groups: Readonly<Record<string, number>>;
  readonly problems: readonly { readonly code: string; readonly sample: string | null; readonly message: string; readonly hint: string }[];
}

interface Row {
  readonly sample: string;
  readonly caption: string;
  readonly captionIndex: number;
  readonly split: string | null;
  readonly signals: Readonly<Record<string, number | boolean | null>>;
  readonly verdict: string;
}

interface Pruned {
  readonly policy: string;
  readonly unit: string;
  readonly kept: { readonly samples: number; readonly captions: number };
  readonly dropped: readonly { readonly sample: string; readonly captionIndex: number | null; readonly reason: string }[];
  readonly operation: string | null;
}

let bench: Bench;
let root: string;
let first: Report;

beforeAll(async () => {
  bench = await createBench();
  root = await bench.copySample();
  first = await bench.json<Report>(["run", root]);
});
afterAll(() => bench.dispose());

/** The bytes of all files of a person's folder, without ours. */
async function digestOf(folder: string): Promise<string> {
  const names = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const paths = names.map((entry) => join(entry.parentPath, entry.name)).filter((path) => !path.includes(".winnow"));
  const digest = createHash("sha256");
  for (const path of paths.sort()) digest.update(path.slice(folder.length)).update(await readFile(path));
  return digest.digest("hex");
}

async function rows(...args: string[]): Promise<Row[]> {
  const { stdout } = await bench.winnow(["rows", root, ...args]);
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Row);
}

describe("winnow run", () => {
  it("reports dataset, encoder, every stage, groups and problems", () => {
    expect(first.dataset).toMatchObject({ format: "sidecar", samples: 300, captions: 299 });
    expect(first.encoder.id).toMatch(/^builtin@/);
    expect(Object.keys(first.stages)).toEqual(
      expect.arrayContaining(["discover", "decode", "encode", "score", "cluster", "decide", "write"]),
    );
    for (const { done, cached, total } of Object.values(first.stages)) expect(done + cached).toBe(total);
    expect(first.groups["confusable"]).toBeGreaterThan(0);
    expect(first.problems.map(({ code }) => code)).toEqual(
      expect.arrayContaining(["brokenImage", "emptyCaption", "missingCaption", "orphanCaption"]),
    );
    for (const { message, hint } of first.problems) expect(message.length * hint.length).toBeGreaterThan(0);
  });

  it("encodes nothing the second time, and scores nothing either", async () => {
    const second = await bench.json<Report>(["run", root]);
    expect(second.stages["encode"]).toMatchObject({ done: 0, cached: first.stages["encode"]!.total });
    expect(second.stages["score"]!.done).toBe(0);
    expect(second.groups).toEqual(first.groups);
    expect(second.problems).toEqual(first.problems);
  });

  it("prints one document and nothing else with --json, and ends with 3 where there are problems", async () => {
    const { code, stdout, stderr } = await bench.winnow(["run", root, "--json"]);
    expect(code).toBe(3);
    expect(stdout.trim().split("\n")).toHaveLength(1);
    expect(stderr).toContain("for trying Winnow and not for photographs");
  });

  it("stops after the stage that is named", async () => {
    const report = await bench.json<Report>(["run", root, "--through", "decode"]);
    expect(Object.keys(report.stages)).toEqual(["discover", "decode"]);
    expect(report.encoder).toBeNull();
  });

  it("tells wrong usage with 2 and a failure with 1, in one sentence", async () => {
    for (const args of [
      ["run"],
      ["run", root, "--through", "everything"],
      ["nothing"],
      ["run", root, "--unheard"],
      ["rows", root, "--where", "clipScore <"],
    ]) {
      const { code, stderr } = await bench.winnow(args);
      expect([args, code]).toEqual([args, 2]);
      expect(stderr.trim().split("\n").at(-1)).toMatch(/^winnow: /);
    }
    const missing = await bench.winnow(["run", join(bench.folder, "nowhere")]);
    expect(missing.code).toBe(1);
    expect(missing.stderr).not.toContain("    at ");
  });
});

describe("winnow rows", () => {
  it("gives every pair with its signals as JSON Lines", async () => {
    const all = await rows();
    expect(all).toHaveLength(299);
    const known = all.filter(({ signals }) => signals["clipScore"] !== null);
    expect(known.length).toBeGreaterThan(295);
    for (const { signals } of known) {
      expect(Math.abs(Number(signals["clipScore"]))).toBeLessThanOrEqual(1.001);
      expect(Number.isInteger(signals["captionRank"])).toBe(true);
      expect(Number(signals["captionRank"])).toBeGreaterThanOrEqual(1);
    }
  });

  it("leaves what can't be known unknown: a broken picture and an empty caption have no score, and not 0", async () => {
    const unknown = await rows("--where", "clipScore is unknown");
    expect(unknown.map(({ caption }) => caption)).toContain("");
    for (const { signals } of unknown) expect(signals).toMatchObject({ clipScore: null, captionRank: null, imageRank: null });
  });

  it("filters, sorts and pages", async () => {
    const lowest = await rows("--where", "clipScore is not unknown and not caption ~ red", "--sort", "clipScore", "--limit", "20");
    const scores = lowest.map(({ signals }) => Number(signals["clipScore"]));
    expect(scores).toEqual([...scores].sort((a, b) => a - b));
    expect(lowest.every(({ caption }) => !caption.includes("red"))).toBe(true);
    expect(
      await rows("--where", "clipScore is not unknown and not caption ~ red", "--sort", "clipScore", "--offset", "5", "--limit", "5"),
    ).toEqual(lowest.slice(5, 10));
    expect(await rows("--where", "problem = brokenImage")).toHaveLength(1);
    const grouped = await rows("--where", "group = duplicate");
    expect(grouped.length).toBeGreaterThan(0);
  });

  it("writes a Parquet with all signals", async () => {
    const file = join(bench.folder, "rows.parquet");
    expect(await bench.json(["rows", root, "--parquet", file])).toEqual({ file, rows: 299 });
    expect((await readFile(file)).subarray(0, 4).toString()).toBe("PAR1");
  });
});

describe("winnow groups and search", () => {
  it("gives confusable groups with their cross-scores", async () => {
    const groups = await bench.json<
      { id: string; name: string; members: { sample: string; captionIndex: number }[]; scores: number[][] }[]
    >(["groups", root, "--kind", "confusable"]);
    expect(groups).toHaveLength(first.groups["confusable"]!);
    for (const { members, scores } of groups) {
      expect(members.length).toBeGreaterThanOrEqual(2);
      expect(members.length).toBeLessThanOrEqual(12);
      expect(scores.map((row) => row.length)).toEqual(members.map(() => members.length));
    }
    const [group] = groups;
    const [member] = group!.members;
    const [own] = (await rows("--where", `sample = "${member!.sample}"`)).filter(
      ({ captionIndex }) => captionIndex === member!.captionIndex,
    );
    expect(group!.scores[0]![0]).toBeCloseTo(Number(own!.signals["clipScore"]), 4);
  });

  it("finds pictures by text, and a picture by itself", async () => {
    const byText = await bench.json<{ sample: string; score: number }[]>(["search", root, "--text", "two red circles", "--limit", "5"]);
    expect(byText).toHaveLength(5);
    expect(byText.map(({ score }) => score)).toEqual(byText.map(({ score }) => score).sort((a, b) => b - a));
    const sample = byText[0]!.sample;
    const [same] = await bench.json<{ sample: string; score: number }[]>(["search", root, "--image", join(root, sample), "--limit", "1"]);
    expect(same!.score).toBeGreaterThan(0.999);
  });
});

describe("winnow prune, verdict, log and undo", () => {
  it("writes nothing in a dry run", async () => {
    const before = await digestOf(root);
    const dry = await bench.json<Pruned>(["prune", root, "--policy", "keepTop", "--keep", "70%"]);
    expect(dry).toMatchObject({ policy: "keepTop", unit: "pair", operation: null });
    expect(dry.kept.captions / 297).toBeCloseTo(0.7, 1);
    for (const { reason } of dry.dropped) expect(reason).not.toBe("");
    expect(await digestOf(root)).toBe(before);
    expect(await rows("--where", "verdict = drop")).toEqual([]);
  });

  it("applies, lets a person win, and takes everything back", async () => {
    const before = await digestOf(root);
    const applied = await bench.json<Pruned>(["prune", root, "--policy", "deduplicate", "--apply"]);
    expect(applied.operation).not.toBeNull();
    const dropped = await rows("--where", "verdict = drop");
    // A sample without captions has no rows that could tell its verdict.
    const captioned = new Set((await rows()).map(({ sample }) => sample));
    const expected = applied.dropped.map(({ sample }) => sample).filter((sample) => captioned.has(sample));
    expect(new Set(dropped.map(({ sample }) => sample))).toEqual(new Set(expected));
    const [one] = dropped;
    const csv = join(bench.folder, "verdicts.csv");
    await writeFile(csv, `sample,captionIndex,verdict,reason\n${one!.sample},,keep,I want both\nno/such.jpg,0,drop,\n`);
    const person = await bench.json<{ applied: number; unknown: { sample: string }[]; operation: string }>([
      "verdict",
      root,
      "--from",
      csv,
    ]);
    expect(person).toMatchObject({ applied: 1, unknown: [{ sample: "no/such.jpg" }] });
    expect(await rows("--where", `sample = "${one!.sample}" and verdict = keep`)).toHaveLength(1);
    const log = await bench.json<{ operation: string; kind: string }[]>(["log", root]);
    expect(log.map(({ kind }) => kind)).toEqual(["recipe", "prune", "verdict"]);
    const blocked = await bench.winnow(["undo", root, applied.operation!, "--json"]);
    expect(blocked.code).toBe(3);
    expect((JSON.parse(blocked.stdout) as { left: { by: string }[] }).left.some(({ by }) => by === person.operation)).toBe(true);
    const undone = await bench.json<{ undone: string[]; left: unknown[] }>(["undo", root, applied.operation!, "--cascade"]);
    expect(undone).toMatchObject({ left: [] });
    expect([...undone.undone].sort()).toEqual([applied.operation, person.operation].sort());
    expect(await rows("--where", "verdict != keep")).toEqual([]);
    expect(await digestOf(root)).toBe(before);
  });
});

describe("winnow export", () => {
  it.each(["open_clip", "sidecar", "imagefolder", "coco", "jsonl"])("writes %s, which undo moves away again", async (format) => {
    const out = join(bench.folder, `out-${format}`);
    const exported = await bench.json<{ format: string; files: number; samples: number }>(["export", root, "--to", format, "--out", out]);
    expect(exported.format).toBe(format);
    expect(exported.samples).toBeGreaterThan(290);
    const count = async (): Promise<number> =>
      (await readdir(out, { recursive: true, withFileTypes: true }).catch(() => [])).filter((entry) => entry.isFile()).length;
    expect(await count()).toBe(exported.files);
    await bench.json(["undo", root]);
    expect(await count()).toBe(0);
  });

  it("can be read by Winnow itself, with the same captions", async () => {
    const out = join(bench.folder, "again");
    await bench.json(["export", root, "--to", "imagefolder", "--out", out]);
    const report = await bench.json<Report>(["run", out, "--through", "encode"]);
    expect(report.dataset.format).toBe("imagefolder");
    expect(report.stages["encode"]!.done).toBe(0);
  });
});

describe("winnow encoders and doctor", () => {
  it("name the built-in encoder for what it is, and tell why providers are missing", async () => {
    const [builtin] = await bench.json<{ id: string; note: string }[]>(["encoders"]);
    expect(builtin).toMatchObject({ id: "builtin" });
    expect(builtin!.note).toContain("not for photographs");
    const { providers } = await bench.json<{ providers: { provider: string; usable: boolean; why: string | null }[] }>(["doctor"]);
    expect(providers.find(({ provider }) => provider === "cpu")).toMatchObject({ usable: true });
    for (const { usable, why } of providers) expect(usable || why !== null).toBe(true);
  });

  it("measure an encoder once, and tell where it runs", async () => {
    const ask = () =>
      bench.json<{ probes: { encoder: string; provider: string; figures: { provider: string; ratePerSecond: number | null }[] }[] }>([
        "doctor",
        "--encoder",
        "builtin",
      ]);
    const first = await ask();
    expect(first.probes).toHaveLength(1);
    expect(first.probes[0]!.figures[0]!.ratePerSecond).toBeGreaterThan(0);
    expect(await ask()).toMatchObject({ probes: first.probes });
  });

  it.runIf(process.platform === "linux" && process.arch === "x64")(
    "tell what CUDA would take to download, and download nothing for that",
    async () => {
      const plan = await bench.json<{ downloads: { sizeBytes: number }[]; totalBytes: number; folder: string }>([
        "provider",
        "get",
        "cuda",
        "--dry-run",
      ]);
      expect(plan.totalBytes).toBe(plan.downloads.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0));
      expect(existsSync(plan.folder)).toBe(false);
      expect((await bench.winnow(["provider", "get", "webgpu"])).code).toBe(2);
      expect((await bench.winnow(["provider", "remove", "cuda"])).stderr).toContain("Winnow has downloaded nothing of CUDA");
    },
  );
});
