import { describe, expect, it } from "vitest";
import { cachesCleared, staleCaches } from "../../../src/host/trainerMessages.ts";
import { formatTrainerReport } from "../../../src/host/trainerReport.ts";
import type { TrainerReading } from "../../../src/protocol/trainers.ts";

const stale = {
  path: "1_dog/a_te_outputs.npz",
  sizeBytes: 2_000_000,
  trainer: "kohya",
  madeOf: "captions",
  stale: "1_dog/a.txt is newer",
} as const;
const reading: TrainerReading = {
  dryRun: {
    ...{ trainer: "kohya", source: "sd-scripts v0.10.1", options: { batchSize: 2, epochs: 3, trigger: "ohwx" } },
    ...{ images: 12_000, captions: 11_990, withoutText: 10, shown: 120_000, stops: null },
    sets: [{ name: "10_dog", images: 12_000, repeats: 10 }],
    steps: { perEpoch: 60_000, total: 180_000 },
    sizes: [{ width: 512, height: 768, images: 3, upscaled: 1 }],
    trigger: { word: "ohwx", with: 1, without: 11_989 },
    tooLong: { limit: 75, over: 4, countedBy: "clip" },
    findings: [
      {
        code: "firstLineOnly",
        severity: "warning",
        title: "Read by its first line",
        count: 1,
        examples: [{ file: "a|b.txt", message: "two\nlines" }],
      },
    ],
  },
  pairs: [{ image: "10_dog/a.jpg", texts: ["a dog | of mine"], set: "10_dog", repeats: 10 }],
  caches: [stale, { ...stale, path: "1_dog/b.npz", stale: null }],
};

describe("the report of what a trainer would read", () => {
  const report = formatTrainerReport(reading, "kohya's sd-scripts", "dogs");

  it("tells counts, steps, sizes, texts, what stands out and what is stale", () => {
    for (const told of [
      "# What kohya's sd-scripts would read from dogs",
      "By the rules of sd-scripts v0.10.1, with batchSize `2`, epochs `3`, trigger `ohwx`.",
      "- 12,000 pictures with 11,990 captions, 10 of them without text",
      "- 120,000 shown an epoch: 60,000 steps, 180,000 in all",
      "- `ohwx` stands in 1 caption, and not in 11,989",
      "- 75 tokens of a caption are read; more are in 4 captions, counted by clip",
      "- **Read by its first line** (warning): 1",
      "  - `a|b.txt`: two lines",
      "| `10_dog` | 12,000 | 10 |",
      "| 512 × 768 | 3 | 1 |",
      "| `1_dog/a_te_outputs.npz` | kohya | 2 MB | 1_dog/a.txt is newer |",
      "1 other cache of trainers may still fit.",
      "| `10_dog/a.jpg` | a dog \\| of mine | 10 |",
    ])
      expect(report).toContain(told);
    expect(report).not.toMatch(/undefined|NaN|null/);
  });

  it("says first where the trainer would end with an error, and leaves out what doesn't apply", () => {
    const dryRun = {
      ...reading.dryRun,
      stops: "no metadata",
      sets: [],
      sizes: null,
      trigger: null,
      tooLong: null,
      steps: null,
      findings: [],
    };
    const bare = formatTrainerReport({ dryRun, pairs: [], caches: [] }, "x", "dogs");
    expect(bare).toContain("**It would end with an error:** no metadata");
    expect(bare).toContain("Nothing stands out.");
    expect(bare).not.toMatch(/\|/);
  });

  it("shows fifty rows of a long table, and counts the others", () => {
    const pairs = Array.from({ length: 70 }, (_, at) => ({ ...reading.pairs[0]!, image: `${at}.jpg` }));
    const long = formatTrainerReport({ ...reading, pairs }, "x", "dogs");
    expect(long).toContain("| `49.jpg` |");
    expect(long).not.toContain("| `50.jpg` |");
    expect(long).toContain("… and 20 more.");
  });
});

describe("what a person is told of trainers' caches", () => {
  it("names how many and how large, and offers to take it back", () => {
    expect(staleCaches("dogs", [stale, stale])).toMatch(/^2 caches of trainers in dogs \(4 MB\) no longer fit: /);
    expect(cachesCleared("dogs", "/dogs", { files: 2, sizeBytes: 4e6, operation: "o" })).toMatchObject({
      text: "2 caches of trainers in dogs (4 MB) went to the trash",
      actions: [{ command: "winnow.undoOperation" }],
    });
    expect(cachesCleared("dogs", "/dogs", { files: 0, sizeBytes: 0, operation: null }).actions).toEqual([]);
  });
});
