import type { Memory } from "../remembered.ts";

/** Which models take pictures, as it was found out. */
export interface PictureProbe {
  /** What is known; undefined where nobody has tried. */
  known(model: string): boolean | undefined;
  /** Tries it where nobody has; two at once are one. Rejects where the model answers nothing at all, and tries again the next time. */
  find(model: string, ask: AskProbe): Promise<boolean>;
}

/** Asks a model something, with the picture of the probe or without. */
export type AskProbe = (text: string, picture: Uint8Array | null) => Promise<string>;

/** A square of plain orange, 64 × 64 pixels, as PNG. */
const orangeSquare = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAEAAAABACAMAAACdt4HsAAAAA1BMVEX/jACO1N5wAAAACXBIWXMAAAPoAAAD6AG1e1JrAAAAG0lEQVRYw+3BgQAAAADDoPlT3+AEVQEAAAB8AxBAAAEZszF2AAAAAElFTkSuQmCC",
  "base64",
);

const question = "Which colour is the picture? Answer with the name of the colour alone, or with NONE if you see no picture.";

/** Makes the probe over what is remembered from before. */
export function createPictureProbe(memory: Memory): PictureProbe {
  const trying = new Map<string, Promise<boolean>>();
  const known = (model: string): boolean | undefined => {
    const found = memory.get<unknown>(keyOf(model), undefined);
    return typeof found === "boolean" ? found : undefined;
  };
  const tryOnce = async (model: string, ask: AskProbe): Promise<boolean> => {
    const takes = await takesPictures(ask);
    await memory.update(keyOf(model), takes);
    return takes;
  };
  return {
    known,
    find: async (model, ask) => {
      const remembered = known(model);
      if (remembered !== undefined) return remembered;
      const running = trying.get(model) ?? tryOnce(model, ask).finally(() => trying.delete(model));
      trying.set(model, running);
      return await running;
    },
  };
}

/** Providers drop a picture without a word, or fail on it: only one that names the colour has seen it. One that fails on a text as well tells nothing. */
async function takesPictures(ask: AskProbe): Promise<boolean> {
  try {
    return /\borange\b/i.test(await ask(question, orangeSquare));
  } catch (error) {
    if (error instanceof Error && error.name === "ModelRefusedError") throw error;
    await ask(question, null);
    return false;
  }
}

function keyOf(model: string): string {
  return `winnow.rewrite.takesPictures:${model}`;
}
