import { describe, expect, it } from "vitest";
import type { TuneJob } from "../../../../src/core/tune/tuneJob.ts";
import { formatComparison, formatJob, formatProgress, formatReport } from "../../../../src/host/tune/tuneText.ts";
import type { TuneCurve } from "../../../../src/protocol/tuneRuns.ts";
import { tuneRunOf } from "../entries.ts";

const job: TuneJob = {
  ...{ schema: 1, trainer: "head", command: "/node", args: ["tuneMain.js", "/data/.winnow/runs/x"], env: { WINNOW_CACHE: "/cache" } },
  ...{ cwd: "/data/.winnow/runs/x", folder: "/data/.winnow/runs/x", files: [{ path: "job.json", text: '{\n  "epochs": 20\n}\n' }] },
  data: { images: 300, pairs: 320, captions: 310, shown: 270 },
  ...{ steps: 1_200, seconds: undefined, memoryBytes: 2_000_000 },
};

function curveOf(more: Partial<TuneCurve> = {}): TuneCurve {
  const points = [
    { epoch: 0, loss: null, imageToText: 0.1, textToImage: 0.14 },
    { epoch: 1, loss: 2, imageToText: 0.2, textToImage: 0.3 },
    { epoch: 2, loss: 1, imageToText: 0.1, textToImage: 0.3 },
  ];
  return { run: tuneRunOf({ state: "done", tuned: "/tuned" }), points, options: { loss: "infoNce", rate: 0.001 }, ...more };
}

describe("a job before it runs", () => {
  it("is shown whole, and what is unknown as unknown", () => {
    const text = formatJob({ ...job, notes: ["note: no GPU was found"] }, "photos");
    for (const line of [
      "/node",
      "tuneMain.js",
      "WINNOW_CACHE=/cache",
      '  "epochs": 20',
      "- Steps: at most 1,200",
      "- Time: unknown before it runs",
      "- note: no GPU was found",
    ])
      expect(text.split("\n")).toContain(line);
    expect(text).toContain("300 images, 310 captions, 270 images shown an epoch, 30 images held out");
    expect(text).toContain("- Memory: 2 MB for the data");
    expect(formatJob({ ...job, notes: [], steps: undefined, seconds: 90, memoryBytes: undefined }, "x")).toMatch(
      /Steps: unknown[^]*Time: about 2 min, by the last run[^]*Memory: unknown/,
    );
  });
});

describe("the report of a run", () => {
  it("has retrieval before and after, the curves, and what to do next", () => {
    const lines = formatReport(curveOf(), "photos").split("\n");
    expect(lines).toContain("| image to text | 10.0 % | 20.0 % |");
    expect(lines).toContain("| text to image | 14.0 % | 30.0 % |");
    expect(lines).toContain("The best is epoch 1 of 2.");
    expect(lines).toContain("![R@1 by epoch, 12.0 % to 25.0 %][R@1 by epoch]");
    expect(lines).toContain("![Loss by epoch, 1.00 to 2.00][Loss by epoch]");
    const picture = lines.find((line) => line.startsWith("[Loss by epoch]: data:image/svg+xml;base64,"));
    expect(Buffer.from(picture!.split(",")[1]!, "base64").toString()).toMatch(/^<svg [^]*<\/svg>$/);
    expect(lines).toContain("- The tuned encoder is in `/tuned`");
    expect(lines.some((line) => line.startsWith("- Use the tuned encoder"))).toBe(true);
  });

  it("draws what it knew beside the dataset where that is watched, and takes no epoch for the best that forgot it", () => {
    const points = curveOf().points.map((point, at) => ({ ...point, canary: 0.9 - 0.4 * at, ...(at === 1 && { isForgotten: true }) }));
    const text = formatReport(curveOf({ points: points.slice(0, 2) }), "photos");
    expect(text).toContain("![R@1 on Winnow's own pictures by epoch, 50.0 % to 90.0 %]");
    expect(text).toContain("None of 1 epoch was better than the beginning.");
    expect(formatReport(curveOf(), "photos")).not.toContain("own pictures");
  });

  it("tells of a model that paints its loss and its pictures, and nothing of retrieval", () => {
    const run = tuneRunOf({ state: "stopped", samples: true, recallBefore: null, recallBest: null });
    const points = [1, 2].map((epoch) => ({ epoch, loss: 2 / epoch, imageToText: null, textToImage: null }));
    const text = formatReport(curveOf({ run, points }), "photos");
    expect(text).toContain("![Loss by epoch, 1.00 to 2.00]");
    expect(text).not.toMatch(/R@1|held out|Retrieval/);
    expect(text).toMatch(/- Compare its sample pictures by checkpoint[^]*- Resume the run/);
    const unpainted = formatReport(curveOf({ run: { ...run, samples: false, state: "done" }, points }), "photos");
    expect(unpainted).toContain("- Look for its sample pictures where its trainer logs them");
  });

  it("says so where nothing was held out", () => {
    const points = [{ epoch: 1, loss: 2, imageToText: null, textToImage: null }];
    expect(formatReport(curveOf({ points }), "photos")).toMatch(
      /\| unknown \| unknown \|[^]*No recall was measured[^]*Nothing is known of it\./,
    );
  });
});

it("shows what others wrote as it is, and loads nothing for it", () => {
  const run = tuneRunOf({ title: "![x](https://a.example/b.png)", message: "<b>bold</b>" });
  const text = formatReport(curveOf({ run, options: { command: "a `b` c" } }), "a*b*");
  expect(text).not.toContain("![x](https:");
  expect(text).not.toContain("<b>");
  expect(text).toContain("- command: `` a `b` c ``");
  expect(text).toContain("# Fine-tuning on a\\*b\\*: ");
});

it("compares runs by what differs, the best first", () => {
  const better = curveOf({ run: tuneRunOf({ id: "better", recallBest: 0.5 }), options: { loss: "sigLip", rate: 0.001 } });
  const lines = formatComparison([curveOf(), better], "photos").split("\n");
  const head = lines.find((line) => line.startsWith("| run"));
  expect(head).toContain("| loss | R@1 by epoch |");
  expect(head).not.toContain("rate");
  expect(lines.filter((line) => /^\| (better|2026)/.test(line)).map((line) => line.split(" ")[1]!.replaceAll("\\", ""))).toEqual([
    "better",
    tuneRunOf().id,
  ]);
});

it("tells a run in a line, also one of which little is known", () => {
  const unknown = { epoch: null, epochs: null, loss: null, recallBefore: null, recallBest: null, etaSeconds: null };
  expect(formatProgress(tuneRunOf(unknown))).toBe("epoch 0");
  expect(formatProgress(tuneRunOf({ ...unknown, epochs: 10, step: 1_200, steps: 4_000 }))).toBe("epoch 0 of 10, step 1,200 of 4,000");
  expect(formatProgress(tuneRunOf({ ...unknown, state: "failed", message: "The disk is full" }))).toBe("failed · The disk is full");
});
