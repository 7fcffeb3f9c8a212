import type { Verdict } from "../../core/verdict.ts";
import type { Cell, ColumnType, ComputedColumn, Tables } from "./tables.ts";

/**
 * Fills the table `verdicts` with the verdict that holds for each item, in the place of those that held before. What holds is what
 * `indexSelection` says: DuckDB finds it for a million verdicts while the event loop turns.
 */
export async function loadHeldVerdicts(tables: Tables, selection: readonly Verdict[]): Promise<void> {
  const column = (name: string, type: ColumnType, valueOf: (verdict: Verdict, position: number) => Cell | undefined): ComputedColumn => ({
    name,
    type,
    count: selection.length,
    valueAt: (position) => valueOf(selection[position]!, position),
  });
  await tables.load("selection", [
    column("position", "integer", (_, position) => position),
    column("sample", "text", ({ sample }) => sample),
    column("captionIndex", "double", ({ captionIndex }) => captionIndex),
    column("captionHash", "text", ({ captionHash }) => captionHash),
    column("verdict", "text", ({ decision }) => decision),
    column("actor", "text", ({ actor }) => actor),
    column("reason", "text", ({ reason }) => reason),
  ]);
  await tables.run(heldVerdicts);
  await tables.run("DROP TABLE selection");
}

/** As `strength` in selection.ts; of equally strong ones a pair's own comes before its sample's, and then the later one. */
const strength = `CASE WHEN actor = 'rule' THEN CASE verdict WHEN 'drop' THEN 1 ELSE 0 END
  ELSE CASE actor WHEN 'person' THEN 4 ELSE 2 END + CASE WHEN captionIndex IS NULL THEN 0 ELSE 1 END END`;
const priority = `((${strength}) * 2 + CASE WHEN captionIndex IS NULL THEN 0 ELSE 1 END)::BIGINT * 4294967296 + position`;

/** As `findCaption`: the caption at the index where the hash is none or the same, else the first with the hash. */
const heldVerdicts = `CREATE OR REPLACE TABLE verdicts AS
WITH judged AS (SELECT *, ${priority} AS priority FROM selection),
meant AS (
  SELECT i.item, j.priority FROM judged j JOIN items i ON i.sample = j.sample WHERE j.captionIndex IS NULL
  UNION ALL
  SELECT i.item, j.priority FROM judged j JOIN items i ON i.sample = j.sample AND i.captionIndex = j.captionIndex WHERE j.captionHash IS NULL
  UNION ALL
  SELECT coalesce(min(p.pair) FILTER (WHERE p.captionIndex = j.captionIndex), min(p.pair)), j.priority
    FROM judged j JOIN pairs p ON p.sample = j.sample AND p.captionHash = j.captionHash WHERE j.captionIndex IS NOT NULL GROUP BY j.priority
),
held AS (SELECT item, max(priority) % 4294967296 AS position FROM meant GROUP BY item)
SELECT i.item, i.sampleRow, i.sample, i.captionIndex, s.verdict, s.actor, s.reason
FROM held h JOIN selection s ON s.position = h.position JOIN items i ON i.item = h.item`;
