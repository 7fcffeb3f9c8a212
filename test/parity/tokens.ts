import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readEncoder } from "../../src/engine/encode/encoderFolder.ts";
import type { Tokenizer } from "../../src/engine/encode/tokenizer.ts";
import { createEnv } from "../../src/engine/environment.ts";
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
  /** Texts that were not compared: open_clip repairs what ftfy takes for wrongly decoded, and we don't. */
  readonly leftOut: number;
}

/** Draws texts, lets the real tokenizers cut them, and compares ours. `folder` takes what is passed between the two. */
export async function countTokenDifferences(folder: string, models: readonly MadeModel[]): Promise<TokenDifferences[]> {
  const texts = drawTexts(drawnCount, seed);
  await writeFile(join(folder, "texts.json"), JSON.stringify(texts));
  const program = fileURLToPath(new URL("tokens.py", import.meta.url));
  const kinds = models.map(({ family, encoder }) => (family === "openClip" ? "open_clip" : `transformers=${encoder}`));
  runPython(program, [join(folder, "texts.json"), folder, ...kinds]);
  const env = createEnv({ cacheFolder: join(folder, "cache") });
  return await Promise.all(
    models.map(async ({ family, encoder }) => {
      const { tokenizer, descriptor } = await readEncoder(env, encoder);
      const expected = JSON.parse(await readFile(join(folder, `${family}.json`), "utf8")) as (readonly number[] | null)[];
      return { family, ...compareTokens(tokenizer, descriptor.contextLength, { texts, expected }) };
    }),
  );
}

interface Texts {
  readonly texts: readonly string[];
  /** Without padding, and of a text that is too long what the model reads; null where the two are known to differ. */
  readonly expected: readonly (readonly number[] | null)[];
}

function compareTokens(tokenizer: Tokenizer, limit: number, { texts, expected }: Texts): Omit<TokenDifferences, "family"> {
  const { ids, width, lengths, truncated } = tokenizer.tokenize(texts, limit);
  const differing = texts.filter((_, row) => {
    const wanted = expected[row];
    const own = Array.from(ids.subarray(row * width, row * width + Math.min(lengths[row]!, limit)), Number);
    return wanted !== null && own.join() !== wanted!.join();
  });
  const leftOut = expected.filter((row) => row === null).length;
  return { differing, truncated: truncated.filter(Boolean).length, leftOut };
}
