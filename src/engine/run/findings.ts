import type { CompanionLimits, NearDuplicateLimits } from "../../core/recipe.ts";
import type { Group } from "../../core/group.ts";
import type { PairLint } from "../../core/captions/lints/pairLint.ts";
import type { Column } from "../store/tables.ts";

/** What scoring and clustering found out: signals by id (one value a pair or a sample; NaN is unknown), columns for the tables, and the groups. */
export interface Findings {
  readonly signals: Readonly<Record<string, Float32Array>>;
  readonly sampleColumns: readonly Column[];
  readonly pairColumns: readonly Column[];
  readonly groups: readonly Group[];
  readonly lints: readonly PairLint[];
  /** The limits that near-duplicates were found with; undefined where they could not be calibrated. */
  readonly nearDuplicate: NearDuplicateLimits | undefined;
  /** The companion's own limit; undefined where there is no companion or it could not be calibrated. */
  readonly companionNearDuplicate: CompanionLimits | undefined;
  /** The margin of confusable groups as a cosine; undefined where nothing was clustered or there was too little to measure it by. */
  readonly marginCosine: number | undefined;
}
