/** So many words in a row of any of many instructions are no accident: "a picture in the style of" stands in one, and in captions. */
const sharedRun = 8;

/**
 * What finds the instruction that a text repeats `sharedRun` words of, in time linear in the text; undefined where it repeats none. Among many captions a comparison with each word of
 * each instruction would take too long.
 */
export function createPromptFinder(instructions: readonly string[]): (text: string) => string | undefined {
  const runs = new Map<string, string>();
  for (const instruction of instructions) for (const run of runsOf(instruction)) if (!runs.has(run)) runs.set(run, instruction);
  return (text) => {
    for (const run of runsOf(text)) {
      const found = runs.get(run);
      if (found !== undefined) return found;
    }
    return undefined;
  };
}

function* runsOf(text: string): Generator<string> {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  for (let from = 0; from + sharedRun <= words.length; from += 1) yield words.slice(from, from + sharedRun).join(" ");
}
