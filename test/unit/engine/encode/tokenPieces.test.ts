import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { piecesFromTokens, tokenStyleOf } from "../../../../src/engine/encode/tokenPieces.ts";
import { readTokenizer } from "../../../../src/engine/encode/tokenizer.ts";
import { assetsFolder } from "../../../assets.ts";
import { letterTokenizer } from "../../../encoderFixture.ts";

const clip = tokenStyleOf({
  pre_tokenizer: { type: "Sequence", pretokenizers: [{ type: "Split" }, { type: "ByteLevel" }] },
  model: { end_of_word_suffix: "</w>" },
});
const sentencePiece = tokenStyleOf({ pre_tokenizer: { type: "Metaspace" }, decoder: { type: "Metaspace" }, model: {} });
const wordPiece = tokenStyleOf({ pre_tokenizer: { type: "BertPreTokenizer" }, model: { continuing_subword_prefix: "##" } });
const gpt = tokenStyleOf({ pre_tokenizer: { type: "ByteLevel" }, decoder: { type: "ByteLevel" } });

describe("the pieces of a text", () => {
  it("end words as CLIP's tokens do", () => {
    const pieces = piecesFromTokens(["a</w>", "photo</w>", "gra", "ph</w>", "!</w>"], clip);
    expect(pieces).toEqual(["a ", "photo ", "gra", "ph ", "!"]);
  });

  it("begin words with a space as GPT's and SentencePiece's tokens do", () => {
    expect(piecesFromTokens(["Ġa", "Ġred", "Ġf", "ox"], gpt)).toEqual(["a", " red", " f", "ox"]);
    expect(piecesFromTokens(["▁a", "▁red", "▁", "fox"], sentencePiece)).toEqual(["a", " red", " ", "fox"]);
  });

  it("go on with a word as WordPiece's tokens do", () => {
    expect(piecesFromTokens(["a", "photo", "##graph", "!"], wordPiece)).toEqual(["a", " photo", "graph", " !"]);
  });

  it("give a character of several tokens to the last of them", () => {
    expect(piecesFromTokens(["ð", "Ł", "¦", "Ĭ</w>", "Ã", "©</w>"], clip)).toEqual(["", "", "", "🦊 ", "", "é"]);
    expect(piecesFromTokens(["▁a", "<0xF0>", "<0x9F>", "<0xA6>", "<0x8A>"], sentencePiece)).toEqual(["a", "", "", "", "🦊"]);
  });

  it("say where a character is cut off", () => {
    expect(piecesFromTokens(["a", "ð", "Ł"], gpt)).toEqual(["a", "", "\ufffd"]);
    expect(piecesFromTokens([], gpt)).toEqual([]);
  });
});

describe("a tokenizer", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "winnow-pieces-"));
    await writeFile(join(folder, "tokenizer.json"), JSON.stringify(letterTokenizer()));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it("tells which of a text's own tokens are read, beside the special ones", async () => {
    const tokenizer = await readTokenizer(folder);
    expect(tokenizer.cut("ABC d", 16)).toEqual({ pieces: ["a", "b", "c", " ", "d"], kept: 5, leading: 1 });
    expect(tokenizer.cut("abcdef", 5)).toEqual({ pieces: ["a", "b", "c", "d", "e", "f"], kept: 3, leading: 1 });
    expect(tokenizer.cut("", 5)).toEqual({ pieces: [], kept: 0, leading: 1 });
    expect(tokenizer.cut("abc", 1)).toMatchObject({ kept: 0 });
  });

  it.skipIf(assetsFolder() === undefined)(
    "of CLIP gives pieces that join to the text as it reads it (needs shared/assets beside the checkout)",
    async () => {
      const tokenizer = await readTokenizer(join(assetsFolder()!, "mini-dual-encoder"));
      const { pieces, kept } = tokenizer.cut("Two dogs — 狐 🦊 — run, café-style!", 8);
      expect(pieces.join("")).toBe("two dogs — 狐 🦊 — run , café - style !");
      expect(kept).toBe(6);
    },
  );
});
