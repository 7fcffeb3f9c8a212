import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createRandom, drawDistinct } from "../../src/core/random.ts";
import { assetsFolder } from "../assets.ts";
import { findPython, runPython } from "../python.ts";
import { auroc } from "./auroc.ts";
import type { Bench } from "./winnow.ts";
import { checkout, createBench } from "./winnow.ts";

interface Pair {
  readonly image: string;
  readonly caption: string;
}

interface Row {
  readonly sample: string;
  readonly captionIndex: number;
  readonly signals: Readonly<Record<"clipScore" | "captionRank" | "imageRank", number>>;
}

interface Report {
  readonly dataset: { readonly samples: number; readonly captions: number };
  readonly stages: Readonly<Record<string, { readonly done: number }>>;
  readonly groups: Readonly<Record<string, number>>;
  readonly problems: readonly unknown[];
}

const assets = assetsFolder();
const python = findPython();

/** A share of the images gets the captions of another of them, all five: seeded, and no image keeps its own. */
function swapCaptions(pairs: readonly Pair[], share: number, seed: number): { pairs: Pair[]; swapped: Set<string> } {
  const names = [...new Set(pairs.map(({ image }) => image))];
  const chosen = drawDistinct(createRandom(seed), Math.round(names.length * share), names.length).map((at) => names[at]!);
  const next = new Map(chosen.map((name, at) => [name, chosen[(at + 1) % chosen.length]!]));
  return { pairs: pairs.map(({ image, caption }) => ({ image: next.get(image) ?? image, caption })), swapped: new Set(chosen) };
}

describe.skipIf(assets === undefined || python === undefined)(
  "1,000 photos with 5,000 captions, by a real encoder (needs ../shared/assets and .venv)",
  () => {
    let bench: Bench;
    const encoder = join(assets ?? "", "mini-dual-encoder");
    const datasets: Record<"clean" | "swapped", string> = { clean: "", swapped: "" };
    let pairs: Pair[];
    let swaps: ReturnType<typeof swapCaptions>;
    let report: Report;

    const quote = (text: string): string => `"${text.replaceAll('"', '""')}"`;
    const writeDataset = async (name: string, listed: readonly Pair[]): Promise<string> => {
      const root = join(bench.folder, name);
      await mkdir(root);
      await cp(join(assets!, "flickr8k-dev/images"), join(root, "images"), { recursive: true, preserveTimestamps: true });
      await writeFile(
        join(root, "captions.txt"),
        `image,caption\n${listed.map(({ image, caption }) => `${image},${quote(caption)}\n`).join("")}`,
      );
      return root;
    };
    const rowsOf = async (root: string): Promise<Row[]> => {
      const { stdout } = await bench.winnow(["rows", root]);
      return stdout
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line) as Row);
    };

    beforeAll(async () => {
      bench = await createBench();
      const records: Pair[] = parse(await readFile(join(assets!, "flickr8k-dev/captions.txt"), "utf8"), { columns: true });
      pairs = records;
      swaps = swapCaptions(pairs, 0.2, 7);
      datasets.clean = await writeDataset("clean", pairs);
      datasets.swapped = await writeDataset("swapped", swaps.pairs);
      report = await bench.json<Report>(["run", datasets.clean, "--encoder", encoder]);
      await bench.json(["run", datasets.swapped, "--encoder", encoder]);
    }, 600_000);
    afterAll(() => bench.dispose());

    it("finds all images and captions, without a problem", () => {
      expect(report.dataset).toMatchObject({ samples: 1000, captions: 5000 });
      expect(report.problems).toEqual([]);
    });

    it("scores as an independent Python pipeline does: AUROC of planted swaps within 0.002, R@1 within 0.3 points", async () => {
      const captions = join(bench.folder, "captions.json");
      await writeFile(captions, JSON.stringify(swaps.pairs));
      runPython(join(checkout, "test/engine/reference.py"), [encoder, join(datasets.swapped, "images"), captions, bench.folder]);
      const reference = JSON.parse(await readFile(join(bench.folder, "reference.json"), "utf8")) as {
        scores: number[];
        recall: { textToImage: number; imageToText: number };
      };
      const rows = await rowsOf(datasets.swapped);
      const ours = new Map(rows.map((row) => [`${row.sample}#${row.captionIndex}`, row]));
      const counted = new Map<string, number>();
      const matched = swaps.pairs.map(({ image }) => {
        const index = counted.get(image) ?? 0;
        counted.set(image, index + 1);
        return ours.get(`images/${image}#${index}`)!;
      });
      const differences = matched.map(({ signals }, at) => Math.abs(signals.clipScore - reference.scores[at]!));
      expect(Math.max(...differences)).toBeLessThan(0.002);
      const split = (scores: readonly number[]): [number[], number[]] => [
        scores.filter((_, at) => swaps.swapped.has(swaps.pairs[at]!.image)),
        scores.filter((_, at) => !swaps.swapped.has(swaps.pairs[at]!.image)),
      ];
      const mine = auroc(...split(matched.map(({ signals }) => signals.clipScore)));
      const theirs = auroc(...split(reference.scores));
      console.log(
        `AUROC of swaps: ours ${mine.toFixed(4)}, reference ${theirs.toFixed(4)}; largest difference of a score ${Math.max(...differences).toExponential(1)}`,
      );
      expect(Math.abs(mine - theirs)).toBeLessThan(0.002);
      expect(mine).toBeGreaterThan(0.95);
      const textToImage = rows.filter(({ signals }) => signals.imageRank === 1).length / rows.length;
      expect(Math.abs(textToImage - reference.recall.textToImage)).toBeLessThan(0.003);
      const found = new Set(rows.filter(({ signals }) => signals.captionRank === 1).map(({ sample }) => sample));
      expect(Math.abs(found.size / 1000 - reference.recall.imageToText)).toBeLessThan(0.003);
    }, 600_000);

    it("encodes nothing the second time", async () => {
      const second = await bench.json<Report>(["run", datasets.clean]);
      expect(second.stages["encode"]!.done).toBe(0);
      expect(second.groups).toEqual(report.groups);
    });

    it("finds confusable groups, none larger than 12, and no swapped pair among them", async () => {
      const groupsOf = (root: string): Promise<{ members: { sample: string }[] }[]> => bench.json(["groups", root, "--kind", "confusable"]);
      const clean = await groupsOf(datasets.clean);
      expect(clean.length).toBeGreaterThanOrEqual(50);
      expect(Math.max(...clean.map(({ members }) => members.length))).toBeLessThanOrEqual(12);
      const withSwaps = await groupsOf(datasets.swapped);
      const touched = withSwaps.filter(({ members }) => members.some(({ sample }) => swaps.swapped.has(sample.replace("images/", ""))));
      console.log(`confusable groups: ${clean.length} clean, ${withSwaps.length} with 20 % swaps, of which ${touched.length} hold a swap`);
      expect(touched.length).toBeLessThanOrEqual(1);
    });

    it("finds edited copies among them: pair F1 at least 0.97 for mild edits and 0.85 for hard ones", async () => {
      const [script, root] = [join(checkout, "test/quality/near_duplicates.py"), join(bench.folder, "edited/set")];
      runPython(script, ["make", join(assets!, "flickr8k-dev/images"), root, "--edits", "150", "--seed", "23"]);
      await bench.json(["run", root, "--encoder", encoder]);
      const groups = join(bench.folder, "groups.json");
      await writeFile(groups, (await bench.winnow(["groups", root, "--kind", "nearDuplicate", "--json"])).stdout);
      const judged = runPython(script, ["judge", join(bench.folder, "edited/truth.json"), groups]);
      console.log(judged.trim());
      const f1 = Object.fromEntries(
        judged
          .split("\n")
          .flatMap((line) => (line.includes('"level"') ? [JSON.parse(line) as { level: string; f1: number }] : []))
          .map(({ level, f1: value }) => [level, value]),
      );
      expect(f1["mild"]).toBeGreaterThanOrEqual(0.97);
      expect(f1["hard"]).toBeGreaterThanOrEqual(0.85);
    }, 300_000);

    it("takes no two different photos for near-duplicates", () => {
      expect(report.groups["nearDuplicate"]).toBeLessThanOrEqual(2);
    });
  },
);
