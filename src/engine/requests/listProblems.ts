import type { ProblemCode, Severity } from "../../core/problem.ts";
import type { ListedProblem } from "../../protocol/engineApi.ts";
import type { StoreApi } from "../../protocol/storeApi.ts";
import type { AnalysedDataset } from "./analysedDataset.ts";
import { mostRows } from "./readPage.ts";

/** Problems of a dataset and of files that are no sample, the graver first and then as they were found; of one code alone where it is named. At most 500 at once. */
export async function listProblems(
  { tables }: AnalysedDataset,
  { from, to, code }: Omit<StoreApi["listProblems"]["params"], "root">,
): Promise<StoreApi["listProblems"]["result"]> {
  if (!Number.isInteger(from) || !Number.isInteger(to) || from < 0 || to < from || to - from > mostRows)
    throw new RangeError(`Expected positions from 0, at most ${mostRows}, but received ${from} to ${to}`);
  const [condition, parameters] = code === undefined ? ["true", []] : ["code = $1", [code]];
  const [counted] = await tables.query(`SELECT count(*) AS problems FROM problems WHERE ${condition}`, parameters);
  const numbered = `SELECT *, row_number() OVER () AS place FROM problems WHERE ${condition}`;
  const rows = await tables.query(
    `SELECT * FROM (${numbered}) ORDER BY list_position(['error', 'warning', 'note'], severity), place LIMIT ${to - from} OFFSET ${from}`,
    parameters,
  );
  const problems = rows.map(({ code: found, severity, sample, file, message, hint }): ListedProblem => ({
    code: found as ProblemCode,
    severity: severity as Severity,
    sample: sample === null || sample === undefined ? null : String(sample),
    file: String(file),
    message: String(message),
    hint: String(hint),
  }));
  return { count: Number(counted?.["problems"] ?? 0), problems };
}
