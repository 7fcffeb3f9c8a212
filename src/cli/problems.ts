import type { ListedProblem, RunReport } from "../protocol/engineApi.ts";

/** Whether there is more than notes among problems: what makes a run end "done with problems". */
export function hasRealProblems(problems: readonly ListedProblem[]): boolean {
  return problems.some((problem) => problem.severity !== "note");
}

/** A report as `--json` prints it; `notices` go to stderr. */
export function toScriptReport({ dataset, encoder, companion, stages, groups, problems }: RunReport): object {
  return { dataset, encoder, ...(companion && { companion }), stages, groups, problems };
}
