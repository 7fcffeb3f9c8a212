import type { AnalysedDataset } from "./analysedDataset.ts";

/** A request is about an analysis that another one has replaced. */
export class GenerationGoneError extends Error {
  constructor(root: string) {
    super(`${root} was analysed anew: ask again about the new analysis`);
    this.name = "GenerationGoneError";
  }
}

/** Throws `GenerationGoneError` where rows of another analysis than the dataset's are meant. */
export function requireGeneration({ root, generation }: Pick<AnalysedDataset, "root" | "generation">, asked: string): void {
  if (asked !== generation) throw new GenerationGoneError(root);
}
