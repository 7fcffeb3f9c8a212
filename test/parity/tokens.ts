import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readTokenizer } from "../../src/engine/encode/tokenizer.ts";
import { runPython } from "../python.ts";
import type { MadeModel } from "./models.ts";
import { drawTexts } from "./strings.ts";

/** How many texts are drawn. */
export const drawnCount = 10_000;
const seed = 11;

/** What a model's tokenizer made of the drawn texts: those of which our tokens are others than Python's, and how many were cut off. */
export interface TokenDifferences {
  readonly family: string;
  readonly differing: readonly string[];
  readonly truncated: number;
}

/** Draws texts, lets the real tokenizers cut them, and compares ours. `folder` takes what is passed between the two. */
export async function countTokenDifferences(folder: string, models: readonly MadeModel[]): Promise<TokenDifferences[]> {
  const texts = drawTexts(drawnCount, seed);
  await writeFile(join(folder, "texts.json"), JSON.stringify(texts));
  const program = fileURLToPath(new URL("tokens.py", import.meta.url));
  runPython(program, [join(folder, "texts.json"), folder, ...models.map(({ encoder }) => `transformers=${encoder}`)]);
  return await Promise.all(
    models.map(async ({ family, encoder }) => {
      const expected = JSON.parse(await readFile(join(folder, `${family}.json`), "utf8")) as number[][];
      return { family, ...(await compareTokens(encoder, texts, expected)) };
    }),
  );
}

/** The expected rows have no padding, and of a text that is too long what the model reads. */
async function compareTokens(
  folder: string,
  texts: readonly string[],
  expected: readonly (readonly number[])[],
): Promise<Omit<TokenDifferences, "family">> {
  const tokenizer = await readTokenizer(folder);
  const limit = tokenizer.longest!;
  const { ids, width, lengths, truncated } = tokenizer.tokenize(texts, limit);
  const differing = texts.filter((_, row) => {
    const own = Array.from(ids.subarray(row * width, row * width + Math.min(lengths[row]!, limit)), Number);
    return own.join() !== expected[row]!.join();
  });
  return { differing, truncated: truncated.filter(Boolean).length };
}
