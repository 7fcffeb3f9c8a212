import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runPython } from "../python.ts";

/** The captioners that `models.py` makes, by how they are asked. */
export const madeCaptioners = { vitGpt2: "picture", florence2: "task", smolVlm: "chat" } as const;

/** One of these. */
export type MadeCaptioner = keyof typeof madeCaptioners;

/** What the captioners of `models.py` are asked, and how many words' parts they answer with. */
export const askedText = "what is seen";
export const askedTokens = 12;

/** Makes them in a folder, one below it each. Takes some 20 seconds, most of it for loading torch and transformers. */
export function makeCaptioners(folder: string): void {
  runPython(fileURLToPath(new URL("models.py", import.meta.url)), [folder]);
}

/** What transformers says of each of a captioner's pictures, by their files' names. */
export function expectedOf(folder: string): readonly (readonly [picture: string, text: string])[] {
  return Object.entries(JSON.parse(readFileSync(join(folder, "expected.json"), "utf8")) as Readonly<Record<string, string>>);
}
