import { join } from "node:path";
import { z } from "zod";
import type { Prompt } from "../../core/rewriters/prompt.ts";
import type { Env } from "../env.ts";
import type { DatasetPlace } from "./dotWinnow.ts";
import { sha256 } from "./files.ts";
import { appendJsonLines, readJsonLines } from "./jsonLines.ts";
import { rewritesFolder } from "./rewrites.ts";

/** A question to a model: equal ones have equal answers as far as anybody pays for them. `pictureHash` is the SHA-256 of the picture's bytes, where it goes along. */
export interface AskedQuestion {
  readonly model: string;
  readonly prompt: Prompt;
  readonly pictureHash: string | undefined;
}

/** Answers that models gave. They are kept in `.winnow`, never in the cache: what was paid for can't be made again for nothing. */
export interface AnswerStore {
  find(question: AskedQuestion): string | undefined;
  /** Keeps an answer; it is on the disk when this resolves. */
  keep(question: AskedQuestion, answer: string): Promise<void>;
}

const answerSchema = 1;

const rowShape = z.object({ schema: z.number(), key: z.string(), model: z.string(), answer: z.string() });

/** Opens the answers of a dataset, all of which are read. */
export async function openAnswers(env: Env, place: DatasetPlace): Promise<AnswerStore> {
  const path = join(await rewritesFolder(place), "answers.jsonl");
  const { rows } = await readJsonLines(env, path, (value) => {
    const parsed = rowShape.safeParse(value);
    return parsed.success && parsed.data.schema <= answerSchema ? parsed.data : undefined;
  });
  const answers = new Map(rows.map(({ key, answer }) => [key, answer]));
  let writing = Promise.resolve();
  return {
    find: (question) => answers.get(keyOf(question)),
    keep: async (question, answer) => {
      const key = keyOf(question);
      answers.set(key, answer);
      const row = { schema: answerSchema, key, model: question.model, answer };
      writing = writing.catch(() => undefined).then(() => appendJsonLines(env, path, [row]));
      await writing;
    },
  };
}

function keyOf({ model, prompt, pictureHash }: AskedQuestion): string {
  const { instruction, data, answerTokens, temperature } = prompt;
  return sha256(JSON.stringify([model, instruction, data, answerTokens, temperature, pictureHash ?? null])).slice(0, 32);
}
