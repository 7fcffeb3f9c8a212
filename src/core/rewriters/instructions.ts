import { pictureDetails } from "./prompt.ts";
import { rewriters } from "./rewriters.ts";

/** What people ask captioning models for (BLIP's, LLaVA's, Florence-2's and CogVLM's own examples, and their like), of which an echo stands in captions now and then. */
const usual: readonly string[] = [
  "Describe with a paragraph what is shown in the image.",
  "Give a short and clear explanation of the subsequent image.",
  "Write a terse but informative summary of the picture.",
  "Share a concise interpretation of the image provided.",
  "Write a detailed description of this image, do not forget about the texts on it if they exist.",
  "Can you please describe this image in up to two paragraphs? Please specify any objects within the image, backgrounds, scenery, interactions, and gestures or poses.",
  "Write a descriptive caption for this image in a formal tone.",
  "Write a stable diffusion prompt for this image.",
];

/** The instructions that captions may have been made by: those of all rewriters, at first asking, and what is usual elsewhere. */
export function knownInstructions(): readonly string[] {
  const subject = {
    ...{ caption: "x", others: ["y"], label: "z", nearestWrong: "v", weakWords: ["w"], lookalikes: ["u"] },
    examples: [{ source: "s", target: "t" }],
  };
  const own = rewriters.flatMap(({ step }) =>
    pictureDetails.flatMap((detail) => {
      const next = step(subject, { detail }, []);
      return next.kind === "ask" ? [next.prompt.instruction] : [];
    }),
  );
  return [...new Set([...usual, ...own])];
}
