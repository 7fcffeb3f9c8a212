import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readTokenizer, selectTokens } from "../../../../src/engine/encode/tokenizer.ts";
import { assetsFolder } from "../../../assets.ts";
import { letterTokenizer } from "../../../encoderFixture.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "winnow-tokenizer-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const numbers = (ids: BigInt64Array) => [...ids].map(Number);

async function letters() {
  await writeFile(join(folder, "tokenizer.json"), JSON.stringify(letterTokenizer()));
  await writeFile(join(folder, "tokenizer_config.json"), JSON.stringify({ pad_token: { content: "<unknown>" }, model_max_length: 1e30 }));
  return readTokenizer(folder);
}

describe("a tokenizer", () => {
  test("pads behind, to the longest text of the call", async () => {
    const tokens = (await letters()).tokenize(["abc", "a", ""], 16);
    expect(tokens).toMatchObject({ width: 5, lengths: [5, 3, 2], truncated: [false, false, false] });
    expect(numbers(tokens.ids)).toEqual([1, 3, 4, 5, 2, 1, 3, 2, 0, 0, 1, 2, 0, 0, 0]);
  });

  test("cuts what is too long, keeps the end token last and tells the whole length", async () => {
    const tokens = (await letters()).tokenize(["abcdefgh", "abc"], 5);
    expect(tokens).toMatchObject({ width: 5, lengths: [10, 5], truncated: [true, false] });
    expect(numbers(tokens.ids)).toEqual([1, 3, 4, 5, 2, 1, 3, 4, 5, 2]);
  });

  test("gives some of the texts in rows of another width", async () => {
    const tokens = (await letters()).tokenize(["abc", "a", ""], 16);
    const some = selectTokens(tokens, [2, 1], { width: 3, padId: 9 });
    expect(numbers(some.ids)).toEqual([1, 2, 0, 1, 3, 2]);
    expect(some.lengths).toEqual([2, 3]);
    expect(numbers(selectTokens(tokens, [1], { width: 6, padId: 9 }).ids)).toEqual([1, 3, 2, 0, 0, 9]);
  });

  test("knows no limit where its configuration has transformers' word for none", async () => {
    expect((await letters()).longest).toBeUndefined();
  });

  test("lowers a capital sigma as models saw it, never to a final one", async () => {
    const json = letterTokenizer() as { model: { vocab: Record<string, number> } };
    Object.assign(json.model.vocab, { Ïĥ: 40, ÏĤ: 41, Ï: 42, ĥ: 43, Ĥ: 44 });
    await writeFile(join(folder, "tokenizer.json"), JSON.stringify(json));
    const tokens = (await readTokenizer(folder)).tokenize(["aΣ"], 16);
    expect(numbers(tokens.ids)).toEqual([1, 3, 42, 43, 2]);
  });

  test("sets Chinese characters apart as BERT does, also those beyond the first plane, and lowers its sigma alike", async () => {
    const special = (id: number, content: string) => ({
      id,
      content,
      special: true,
      normalized: false,
      lstrip: false,
      rstrip: false,
      single_word: false,
    });
    const words = ["[UNK]", "[CLS]", "[SEP]", "\u4e00", "\u{20bb7}", "ab", "\u03bf\u03c3", "\u03bf\u03c2"];
    const json = {
      added_tokens: words.slice(0, 3).map((content, id) => special(id, content)),
      normalizer: { type: "BertNormalizer", clean_text: true, handle_chinese_chars: true, strip_accents: null, lowercase: true },
      pre_tokenizer: { type: "BertPreTokenizer" },
      post_processor: { type: "BertProcessing", cls: ["[CLS]", 1], sep: ["[SEP]", 2] },
      decoder: { type: "WordPiece", prefix: "##", cleanup: true },
      model: {
        type: "WordPiece",
        unk_token: "[UNK]",
        continuing_subword_prefix: "##",
        max_input_chars_per_word: 100,
        vocab: Object.fromEntries(words.map((word, id) => [word, id])),
      },
    };
    await writeFile(join(folder, "tokenizer.json"), JSON.stringify(json));
    const tokens = (await readTokenizer(folder)).tokenize(["ab\u{20bb7}\u4e00ab\u039f\u03a3 \u039f\u03a3", "\u{20bb7}\u{20bb7}"], 16);
    expect(numbers(tokens.ids)).toEqual([1, 5, 4, 3, 0, 6, 2, 1, 4, 4, 2, 0, 0, 0]);
  });

  test("is made of CLIP's older files where there is no tokenizer.json", async () => {
    const vocabulary = { "<|startoftext|>": 0, "<|endoftext|>": 1, "d</w>": 2, d: 3, o: 4, "g</w>": 5, do: 6, "dog</w>": 7, "!</w>": 8 };
    await writeFile(join(folder, "vocab.json"), JSON.stringify(vocabulary));
    await writeFile(join(folder, "merges.txt"), "#version: 0.2\nd o\ndo g</w>\n");
    const tokenizer = await readTokenizer(folder);
    expect(numbers(tokenizer.tokenize(["  DOG\n! <|endoftext|>"], 16).ids)).toEqual([0, 7, 8, 1, 1]);
  });
});

describe.skipIf(assetsFolder() === undefined)("CLIP's vocabulary (needs shared/assets beside the checkout)", () => {
  test("gives the ids of transformers 5.23's CLIPTokenizer for captions, emoji, scripts, controls, quotes and over-long texts", async () => {
    const golden = JSON.parse(await readFile(new URL("../../../golden/tokens/clip.json", import.meta.url), "utf8")) as {
      text: string;
      ids: number[];
    }[];
    const tokenizer = await readTokenizer(join(assetsFolder()!, "mini-dual-encoder"));
    expect(golden.length).toBeGreaterThan(60);
    for (const { text, ids } of golden) expect([text, numbers(tokenizer.tokenize([text], 77).ids)]).toEqual([text, ids]);
  });
});
