import { createHash } from "node:crypto";
import { factsVersion } from "../../core/pixels/facts.ts";
import type { Recipe } from "../../core/recipe.ts";
import type { Problem } from "../../core/problem.ts";
import type { StatedRelation } from "../../core/relations.ts";
import { recordFromRelation } from "../../core/relations.ts";
import type { Sample } from "../../core/sample.ts";
import { generationSchema } from "../store/generations.ts";
import { lintsVersion } from "./lintPairs.ts";

/** What an analysis depends on: the samples with their pictures' hashes, what is wrong with them, the encoder, the recipe's settings, and what a person said of pairs. */
export interface DigestInput {
  readonly samples: readonly Sample[];
  readonly hashes: readonly (string | undefined)[];
  readonly problems: readonly Problem[];
  readonly encoder: string;
  /** The companion's id; undefined where there is none, and a digest is then as it was before there were companions. */
  readonly companion: string | undefined;
  readonly recipe: Recipe;
  readonly relations: readonly StatedRelation[];
}

/** A digest that is equal when the tables of an analysis would be equal. */
export function digestOfInputs({ samples, hashes, problems, encoder, companion, recipe, relations }: DigestInput): string {
  const digest = createHash("sha256");
  const { seed, nearDuplicate, companionNearDuplicate, confusable } = recipe;
  const limits = [nearDuplicate?.encoder, nearDuplicate?.cosine, nearDuplicate?.hashBits, confusable.marginSigma];
  const second = companion === undefined ? [] : [companion, companionNearDuplicate?.encoder, companionNearDuplicate?.cosine];
  digest.update(
    JSON.stringify([
      ...[generationSchema, factsVersion, lintsVersion, encoder, seed],
      ...[limits, problems, relations.map(recordFromRelation), ...second],
    ]),
  );
  samples.forEach(({ id, folder, split, captions, locator }, row) => {
    digest.update(
      JSON.stringify([
        id,
        folder,
        split,
        locator,
        hashes[row],
        captions.map(({ id: captionId, text, author, origin }) => [captionId, text, author, origin]),
      ]),
    );
  });
  return digest.digest("hex");
}
