import { emptyRecipe } from "../../src/core/recipe.ts";
import { parseWhere } from "../../src/core/where.ts";
import type { Overview } from "../../src/protocol/overview.ts";
import type { PanelSnapshot, PanelToHost } from "../../src/protocol/panelApi.ts";
import type { Handlers } from "../../src/protocol/rpc.ts";
import { drawPicture, fits, madeUpSignals, type MadeUp, rowOf, signalsOf, valueOf } from "./madeUp.ts";

/** Answers of a made-up extension; `calls` counts requests by method. */
export interface FakeHost {
  readonly handlers: Handlers<PanelToHost>;
  readonly calls: Map<string, number>;
  snapshot(): PanelSnapshot;
  /** Called when something changed and the page should be told. */
  onChange: () => void;
}

interface FakeView {
  readonly unit: "pair" | "sample";
  readonly members: Uint32Array;
  readonly isSearch: boolean;
}

/** Makes an extension that knows a made-up dataset; `answers` replaces some of its answers. */
export function createFakeHost(made: MadeUp, answers: Partial<Handlers<PanelToHost>> = {}): FakeHost {
  const views = new Map<string, FakeView>();
  const undone: (() => void)[] = [];
  let version = 1;
  const calls = new Map<string, number>();
  const pairCount = made.sampleCount * made.captionsPerSample;
  const allPairs = (): number[] => Array.from({ length: pairCount }, (_, pair) => pair);
  const fitting = (where?: string): number[] => {
    if (where === undefined || where.trim() === "") return allPairs();
    const parsed = parseWhere(where);
    return allPairs().filter((pair) => fits(made, pair, parsed));
  };
  const changed = (): void => {
    version += 1;
    host.onChange();
  };
  const pairsOfView = (view: string, ranges: readonly (readonly [number, number])[]): number[] => {
    const { unit, members } = views.get(view)!;
    const chosen = ranges.flatMap(([from, to]) => [...members.subarray(from, to)]);
    return unit === "pair" ? chosen : chosen.flatMap((row) => pairsOfSample(made, row));
  };
  const handlers: Partial<Handlers<PanelToHost>> = {
    ready: () => host.snapshot(),
    openView: ({ unit, where, sort, search }) => {
      const pairs = sorted(made, fitting(where), search === undefined ? sort : `-${search.kind}`);
      const members = Uint32Array.from(unit === "pair" ? pairs : new Set(pairs.map((pair) => Math.floor(pair / made.captionsPerSample))));
      const view = `v${views.size}`;
      views.set(view, { unit, members, isSearch: search !== undefined });
      const samples = new Set(pairs.map((pair) => Math.floor(pair / made.captionsPerSample))).size;
      return { view, generation: "g1", count: members.length, pairs: pairs.length, samples };
    },
    readPage: ({ view, from, to }) => {
      const { unit, members, isSearch } = views.get(view)!;
      const rows = [...members.subarray(from, to)].map((member) =>
        unit === "pair"
          ? rowOf(made, Math.floor(member / made.captionsPerSample), [member])
          : rowOf(made, member, pairsOfSample(made, member)),
      );
      const similarities = rows.map(({ sampleRow }) => made.score[sampleRow * made.captionsPerSample]!);
      return { view, from, rows: isSearch ? rows.map((row, at) => ({ ...row, similarity: similarities[at]! })) : rows };
    },
    readMembers: ({ view }) => ({ members: views.get(view)!.members }),
    readThumbnails: async ({ samples, side }) => {
      const pictures = await Promise.all(samples.map((sample) => drawPicture(rowOfName(sample), side)));
      const offsets = new Uint32Array(pictures.length + 1);
      pictures.forEach((picture, at) => (offsets[at + 1] = offsets[at]! + picture.length));
      return { bytes: new Uint8Array(Buffer.concat(pictures)), offsets, failed: {} };
    },
    readPicture: async ({ sample, side }) => ({
      bytes: new Uint8Array(await drawPicture(rowOfName(sample), side)),
      mediaType: "image/webp",
      width: 640,
      height: 480,
    }),
    pictureUri: () => null,
    readBins: ({ field, where }) => {
      const { values, unknown } = columnOf(made, fitting(where), field);
      const [least, greatest] = [values[0] ?? 0, values.at(-1) ?? 1];
      const counts = new Uint32Array(200);
      for (const value of values) counts[Math.min(199, Math.floor(((value - least) / (greatest - least || 1)) * 200))]! += 1;
      return { field, generation: "g1", least, greatest, counts, unknown };
    },
    readSortedColumn: ({ field, where }) => ({ field, generation: "g1", ...columnOf(made, fitting(where), field) }),
    readSampleColumn: ({ field }) => ({
      field,
      generation: "g1",
      values: Float32Array.from({ length: made.sampleCount }, (_, row) =>
        Number(valueOf(made, row * made.captionsPerSample, field) ?? NaN),
      ),
      names: null,
    }),
    saveSet: () => ({ set: "s1" }),
    setVerdicts: ({ targets, decision }) => {
      const pairs =
        targets.kind === "view"
          ? pairsOfView(targets.view, targets.ranges)
          : targets.pairs.flatMap(({ sample, captionIndex }) => {
              const all = pairsOfSample(made, rowOfName(sample));
              return captionIndex === null ? all : [all[captionIndex]!];
            });
      const before = new Map(pairs.map((pair) => [pair, made.verdicts.get(pair)]));
      for (const pair of pairs) {
        if (decision === "clear") made.verdicts.delete(pair);
        else made.verdicts.set(pair, decision);
      }
      undone.push(() => {
        for (const [pair, verdict] of before) {
          if (verdict === undefined) made.verdicts.delete(pair);
          else made.verdicts.set(pair, verdict);
        }
      });
      changed();
      return { applied: pairs.length, operation: `op${undone.length}` };
    },
    undo: () => {
      undone.pop()?.();
      changed();
      return { operation: "u", undone: ["op"], restored: 1, left: [] };
    },
    listOperations: () => host.snapshot().overview.operations,
    readViews: () => [],
    saveViews: () => null,
    confirm: () => true,
    report: ({ message, detail }) => {
      console.error(`the page reported: ${message}\n${detail}`);
      return null;
    },
    run: () => null,
    cancelRun: () => null,
    openFile: () => null,
    choosePicture: () => null,
    chooseRecipe: () => null,
    chooseProvider: () => null,
    ...answers,
  };
  const counted = Object.fromEntries(
    Object.entries(handlers).map(([method, handler]) => [
      method,
      (params: never, watching: never) => {
        calls.set(method, (calls.get(method) ?? 0) + 1);
        return (handler as (params: never, watching: never) => unknown)(params, watching);
      },
    ]),
  );
  const host: FakeHost = {
    handlers: counted as unknown as Handlers<PanelToHost>,
    calls,
    onChange: () => undefined,
    snapshot: () => ({ version, overview: overviewOf(made, undone.length), run: null, changedFiles: 0, trusted: true }),
  };
  return host;
}

function pairsOfSample({ captionsPerSample }: MadeUp, row: number): number[] {
  return Array.from({ length: captionsPerSample }, (_, index) => row * captionsPerSample + index);
}

function rowOfName(sample: string): number {
  return Number(/(\d+)\.jpg$/.exec(sample)?.[1] ?? 0);
}

function sorted(made: MadeUp, pairs: number[], sort: string | undefined): number[] {
  if (sort === undefined || sort === "") return pairs;
  const [down, field] = sort.startsWith("-") ? [true, sort.slice(1)] : [false, sort];
  const values = new Map(pairs.map((pair) => [pair, Number(valueOf(made, pair, field) ?? made.score[pair])]));
  return [...pairs].sort((left, right) => (down ? -1 : 1) * (values.get(left)! - values.get(right)!));
}

function columnOf(made: MadeUp, pairs: readonly number[], field: string): { values: Float32Array; unknown: number } {
  const known = pairs.map((pair) => signalsOf(made, pair)[field]).filter((value) => value !== null && value !== undefined);
  return { values: Float32Array.from(known, Number).sort(), unknown: pairs.length - known.length };
}

function overviewOf(made: MadeUp, operationCount: number): Overview {
  const captions = made.sampleCount * made.captionsPerSample;
  const dropped = [...made.verdicts.values()].filter((verdict) => verdict === "drop").length;
  const operations = Array.from({ length: operationCount }, (_, at) => ({
    operation: `op${operationCount - at}`,
    time: "2026-11-24T12:00:00.000Z",
    by: "person",
    kind: "verdict",
    summary: "drop: 1 pair",
    files: 1,
    state: "done" as const,
  }));
  const field = (
    name: string,
    type: "text" | "float" | "boolean",
  ): Overview["analysed"] extends infer A ? (A extends { fields: readonly (infer F)[] } ? F : never) : never => ({
    name,
    type,
    signal: madeUpSignals.find(({ id }) => id === name) ?? null,
    values: name === "verdict" ? ["keep", "drop", "review"] : name === "split" ? ["train", "validation", "test"] : null,
  });
  return {
    root: "/made-up",
    name: "made-up",
    analysed: {
      generation: "g1",
      samples: made.sampleCount,
      captions,
      format: "sidecar",
      formatReason: "every picture has a caption file beside it",
      encoder: { id: "made-up@1", name: "CLIP ViT-B/32", provider: "cpu", builtin: false },
      finishedAt: "2026-11-24T12:00:00.000Z",
      buckets: [
        {
          id: "lowScore",
          title: "Low score",
          about: "The 5 % of pairs that score lowest",
          where: "clipScorePercentile < 5",
          unit: "pair",
          count: Math.floor(captions / 20),
          kind: null,
          groups: null,
        },
        {
          id: "dropped",
          title: "Dropped",
          about: "Pairs that are left out",
          where: "verdict = drop",
          unit: "pair",
          count: dropped,
          kind: null,
          groups: null,
        },
        {
          id: "confusable",
          title: "Confusable groups",
          about: "Pairs that the encoder can't tell apart",
          where: "group = confusable",
          unit: "pair",
          count: 12,
          kind: "confusable",
          groups: 4,
        },
      ],
      fields: [
        ...madeUpSignals.map(({ id, unit }) => field(id, unit === "flag" ? "boolean" : "float")),
        field("caption", "text"),
        field("verdict", "text"),
        field("folder", "text"),
        field("split", "text"),
      ],
      kept: { samples: made.sampleCount, captions: captions - dropped },
      frozen: Math.ceil(made.sampleCount / 20),
      problems: [{ code: "exifOrientation", severity: "note", count: Math.ceil(made.sampleCount / 50) }],
    },
    recipe: emptyRecipe,
    operations,
    undoable: operations[0] ?? null,
    readOnly: null,
    state: `state${operationCount}`,
  };
}
