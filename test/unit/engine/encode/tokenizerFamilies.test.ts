import { copyFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { cleanText } from "../../../../src/engine/encode/cleanText.ts";
import { readTokenizer } from "../../../../src/engine/encode/tokenizer.ts";
import { assetsFolder } from "../../../assets.ts";

const golden = new URL("../../../golden/tokens/", import.meta.url);

async function readGolden<Row>(name: string): Promise<readonly (Row & { readonly text: string })[]> {
  return JSON.parse(await readFile(new URL(name, golden), "utf8")) as readonly (Row & { readonly text: string })[];
}

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "winnow-tokenizer-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const numbers = (ids: BigInt64Array) => [...ids].map(Number);
/** More than any of the texts has. */
const room = 4096;

test("texts are cleaned as open_clip 3.3 cleans them", async () => {
  const rows = await readGolden<{ readonly cleaned: string }>("openClip.json");
  expect(rows.length).toBeGreaterThan(300);
  for (const { text, cleaned } of rows) expect([text, cleanText(text, "whitespace")]).toEqual([text, cleaned]);
});

describe("a text that was decoded wrongly", () => {
  test("stays as it is, where ftfy guesses", () => expect(cleanText("A cafÃ©", "lower")).toBe("a cafã©"));
});

describe.skipIf(assetsFolder() === undefined)("open_clip's own tokenizer (needs shared/assets beside the checkout)", () => {
  const merges = join(assetsFolder() ?? "", "mini-dual-encoder", "merges.txt");

  test("gives the ids of open_clip 3.3's SimpleTokenizer, with its lower and its canonical cleaning", async () => {
    await copyFile(merges, join(folder, "merges.txt"));
    const rows = await readGolden<{ readonly lower: number[]; readonly canonicalize: number[] }>("openClip.json");
    const lower = await readTokenizer(folder, { isOpenClip: true, cleaning: "lower" });
    const canonical = await readTokenizer(folder, { isOpenClip: true, cleaning: "canonicalize" });
    for (const row of rows) {
      expect([row.text, numbers(lower.tokenize([row.text], room).ids)]).toEqual([row.text, row.lower]);
      expect([row.text, numbers(canonical.tokenize([row.text], room).ids)]).toEqual([row.text, row.canonicalize]);
    }
  });

  test("is made of the packed merges of open_clip's package as well, pads with 0 and ends with the end token when cut", async () => {
    await writeFile(join(folder, "bpe_simple_vocab_16e6.txt.gz"), gzipSync(`${await readFile(merges, "utf8")}more merges\n`));
    const tokenizer = await readTokenizer(folder, { isOpenClip: true, cleaning: "lower" });
    const { ids, lengths } = tokenizer.tokenize(["a dog", "a dog on a hill"], 5);
    expect(numbers(ids)).toEqual([49406, 320, 1929, 49407, 0, 49406, 320, 1929, 525, 49407]);
    expect(lengths).toEqual([4, 7]);
  });

  test("refuses merges that are too few for the model's vocabulary", async () => {
    await copyFile(merges, join(folder, "merges.txt"));
    await expect(readTokenizer(folder, { isOpenClip: true, vocabularySize: 60_000 })).rejects.toThrow(
      /expected 59486 merges for a vocabulary of 60000/,
    );
  });
});

describe("a tokenizer of BERT's vocab.txt alone", () => {
  test("gives the ids of transformers 5.23's BertTokenizer, in small letters and as written", async () => {
    await copyFile(new URL("vocab.txt", golden), join(folder, "vocab.txt"));
    const rows = await readGolden<{ readonly small: number[]; readonly cased: number[] }>("bert.json");
    const small = await readTokenizer(folder);
    await writeFile(join(folder, "tokenizer_config.json"), JSON.stringify({ do_lower_case: false }));
    const cased = await readTokenizer(folder);
    for (const row of rows) {
      expect([row.text, numbers(small.tokenize([row.text], room).ids)]).toEqual([row.text, row.small]);
      expect([row.text, numbers(cased.tokenize([row.text], room).ids)]).toEqual([row.text, row.cased]);
    }
  });

  test("gives separators as 0 where the model never saw them", async () => {
    await copyFile(new URL("vocab.txt", golden), join(folder, "vocab.txt"));
    const tokenizer = await readTokenizer(folder, { stripSeparator: true });
    const [first, ...others] = numbers(tokenizer.tokenize(["dog"], 16).ids);
    expect([first, others.at(-1)]).toEqual([2, 0]);
  });
});
