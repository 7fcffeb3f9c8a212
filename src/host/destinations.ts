import type { ProblemCode } from "../core/problem.ts";
import type { Bucket } from "../protocol/overview.ts";
import type { Destination } from "../protocol/panelApi.ts";

/** Where a bucket is looked at: groups by themselves, pairs and pictures in the gallery. Without a group there is nothing to look at but what is in it. */
export function destinationOfBucket({ where, unit, kind, groups }: Bucket): Destination {
  return kind !== null && groups !== null && groups > 0 ? { view: "groups", kind, where, unit } : { view: "gallery", where, unit };
}

/** Where the samples with a problem are looked at. */
export function destinationOfProblem(code: ProblemCode): Destination {
  return { view: "gallery", unit: "sample", where: `problem = ${code}` };
}
