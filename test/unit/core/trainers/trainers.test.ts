import { describe, expect, it } from "vitest";
import { notUtf8, picture, readMade } from "./madeFolder.ts";

describe("ai-toolkit", () => {
  const trainer = { trainer: "aiToolkit" };

  it("reads all folders, keeps lines, and doubles the space behind a comma", async () => {
    const { pairs, codes } = await readMade(
      {
        "a.png": picture(),
        "a.txt": "one, two\nthree\r\n",
        "deep/b.WEBP": picture(),
        "_controls/c.png": picture(),
        "d.bmp": picture(),
        ".e.png": picture(),
      },
      trainer,
    );
    expect(pairs).toEqual([
      ["a.png", ["one,  two\nthree\n"]],
      ["deep/b.WEBP", [""]],
    ]);
    expect(codes).toEqual([
      "ignoredPicture .e.png",
      "ignoredPicture _controls/c.png",
      "ignoredPicture d.bmp",
      "missingCaption deep/b.WEBP",
    ]);
  });

  it("puts the trigger word in, and takes its mark out where there is none", async () => {
    const files = {
      "a.png": picture(),
      "a.txt": "[trigger] sits",
      "b.png": picture(),
      "b.txt": "a dog",
      "c.png": picture(),
      "c.txt": "a sks",
    };
    const withWord = await readMade(files, { ...trainer, options: { trigger: "sks" } });
    expect(withWord.pairs.map(([, texts]) => texts[0])).toEqual(["sks sits", "sks a dog", "a sks"]);
    expect((await readMade(files, trainer)).pairs.map(([, texts]) => texts[0])).toEqual([" sits", "a dog", "a sks"]);
  });

  it("leaves broken pictures out, ends at captions that are not UTF-8, and gives empty ones the default", async () => {
    const { pairs, codes, dryRun } = await readMade(
      { "a.png": { picture: "broken" }, "b.png": picture(), "b.txt": notUtf8, "c.png": picture(), "c.txt": " \n" },
      { ...trainer, options: { defaultCaption: "a dog" } },
    );
    expect(pairs).toEqual([["c.png", ["a dog"]]]);
    expect(codes).toEqual(["brokenPicture a.png", "notUtf8 b.txt", "emptyCaption c.txt"]);
    expect(dryRun.stops).toMatch(/b\.txt/);
  });
});

describe("SimpleTuner", () => {
  const trainer = { trainer: "simpleTuner" };
  const files = { "big_red_dog.png": picture(), "big_red_dog.txt": "one\n\ntwo\n" };

  it("takes each line as a caption, unless it is told not to", async () => {
    expect((await readMade(files, trainer)).pairs).toEqual([["big_red_dog.png", ["one", "two"]]]);
    const whole = await readMade(files, { ...trainer, options: { disableMultilineSplit: true } });
    expect(whole.pairs).toEqual([["big_red_dog.png", ["one\n\ntwo\n"]]]);
  });

  it("takes captions from names or from one prompt", async () => {
    const named = await readMade(files, { ...trainer, options: { captionStrategy: "filename" } });
    expect(named.pairs).toEqual([["big_red_dog.png", ["big red dog"]]]);
    const prompted = await readMade(files, { ...trainer, options: { captionStrategy: "instanceprompt", instancePrompt: "sks" } });
    expect(prompted.pairs).toEqual([["big_red_dog.png", ["sks"]]]);
    expect((await readMade(files, { ...trainer, options: { captionStrategy: "instanceprompt" } })).dryRun.stops).toMatch(/instance_prompt/);
  });

  it("ends at a picture without a text file", async () => {
    const { pairs, dryRun } = await readMade({ "a.png": picture() }, trainer);
    expect(pairs).toEqual([]);
    expect(dryRun.stops).toMatch(/a\.png/);
  });
});

describe("OneTrainer", () => {
  const trainer = { trainer: "oneTrainer" };
  const files = {
    "a.png": picture(),
    "a.txt": " one \n\ntwo",
    "a-masklabel.png": picture(),
    "deep/b.png": picture(),
    "prompts.txt": "x\ny\n",
    "c.gif": picture(),
  };

  it("reads the folder itself, lines as alternatives, and no masks", async () => {
    const { pairs, codes } = await readMade(files, trainer);
    expect(pairs).toEqual([["a.png", ["one", "two"]]]);
    expect(codes).toEqual(["ignoredPicture c.gif", "ignoredFolder deep", "maskFound a-masklabel.png", "severalCaptions a.txt"]);
  });

  it("reads folders within, one file for all, or names, where it is told to", async () => {
    const deep = await readMade(files, { ...trainer, options: { includeSubdirectories: true } });
    expect(deep.pairs.map(([image]) => image)).toEqual(["a.png", "deep/b.png"]);
    expect(deep.codes).toContain("missingCaption deep/b.png");
    const shared = await readMade(files, { ...trainer, options: { promptSource: "concept", promptPath: "prompts.txt" } });
    expect(shared.pairs).toEqual([["a.png", ["x", "y"]]]);
    const named = await readMade(files, { ...trainer, options: { promptSource: "filename" } });
    expect(named.pairs).toEqual([["a.png", ["a"]]]);
  });

  it("ends at pictures that can't be opened", async () => {
    expect((await readMade({ "a.png": { picture: "broken" } }, trainer)).dryRun.stops).toMatch(/a\.png/);
  });

  it("says of two pictures that share a caption file", async () => {
    const { codes } = await readMade({ "a.png": picture(), "a.jpg": picture(), "a.txt": "one" }, trainer);
    expect(codes).toEqual(["sharedCaption a.png"]);
  });
});

describe("a picture of a format that is not known here", () => {
  it("is no broken one", async () => {
    const { pairs, codes } = await readMade({ "a.jxl": { picture: "unknown" }, "a.txt": "one" }, { trainer: "oneTrainer" });
    expect([pairs, codes]).toEqual([[["a.jxl", ["one"]]], []]);
  });
});

describe("open_clip", () => {
  it("does not turn pictures as EXIF says, which is told for those that it concerns", async () => {
    const turned = (orientation: number) => ({ picture: { width: 4, height: 3, orientation } });
    const { pairs, codes } = await readMade(
      { "a.jpg": turned(6), "b.jpg": turned(1), "c.jpg": picture(), "t.csv": "filepath\ttitle\na.jpg\tone\nb.jpg\ttwo\nc.jpg\tthree\n" },
      { trainer: "openClip" },
    );
    expect(pairs).toHaveLength(3);
    expect(codes).toEqual(["unturnedPicture t.csv, row 1"]);
  });
});
