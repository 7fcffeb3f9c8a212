import type { BucketDescriptor } from "../../core/buckets.ts";
import { buckets } from "../../core/buckets.ts";
import { fieldsOfWhere, parseWhere } from "../../core/where.ts";
import type { Bucket } from "../../protocol/overview.ts";
import { conditionFromWhere, FieldError } from "../store/filters.ts";
import type { Tables } from "../store/tables.ts";
import type { AnalysedDataset } from "./analysedDataset.ts";
import { countFitting } from "./fitting.ts";
import { once } from "./once.ts";

/** Fields that change with `.winnow`; everything else is the analysis'. */
const livingFields = ["verdict", "actor", "reason", "edited", "split"];

/** The buckets of a dataset with what is in them now. Those whose fields the analysis lacks are left out; of a dataset without captions all count samples. */
export async function readBuckets(dataset: AnalysedDataset): Promise<Bucket[]> {
  const shown = buckets.filter((bucket) => isAskable(dataset, bucket));
  const [groups, ...counts] = await Promise.all([knownGroups(dataset), ...shown.map((bucket) => countOf(dataset, bucket))]);
  return shown.flatMap(({ isQuiet, ...bucket }, index): Bucket[] => {
    const count = counts[index]!;
    if (isQuiet === true && count === 0) return [];
    return [{ ...bucket, unit: unitOf(dataset, bucket), count, groups: bucket.kind === null ? null : (groups.get(bucket.kind) ?? 0) }];
  });
}

type Count = () => Promise<number>;

/** Counts that depend on an analysis alone, by bucket; they go with its tables. */
const countsOfAnalysis = new WeakMap<Tables, Map<string, Count>>();

async function countOf(dataset: AnalysedDataset, bucket: BucketDescriptor): Promise<number> {
  const count: Count = () => countFitting(dataset, { where: bucket.where, unit: unitOf(dataset, bucket) });
  const fields = fieldsOfWhere(parseWhere(bucket.where));
  if (livingFields.some((field) => fields.has(field))) return await count();
  const known = countsOfAnalysis.get(dataset.tables) ?? new Map<string, Count>();
  countsOfAnalysis.set(dataset.tables, known);
  const counting = known.get(bucket.id) ?? once(count);
  known.set(bucket.id, counting);
  return await counting();
}

const groupsOfAnalysis = new WeakMap<Tables, () => Promise<ReadonlyMap<string, number>>>();

function knownGroups({ tables }: AnalysedDataset): Promise<ReadonlyMap<string, number>> {
  const reading = groupsOfAnalysis.get(tables) ?? once(() => countGroups(tables));
  groupsOfAnalysis.set(tables, reading);
  return reading();
}

/** Numbers of groups by kind; those of equal pixels are duplicates, as in filters. */
async function countGroups(tables: Tables): Promise<ReadonlyMap<string, number>> {
  const rows = await tables.query(
    "SELECT CASE kind WHEN 'pixelDuplicate' THEN 'duplicate' ELSE kind END AS kind, count(DISTINCT id) AS groups FROM members GROUP BY 1",
  );
  return new Map(rows.map(({ kind, groups }) => [String(kind), Number(groups)]));
}

function unitOf({ summary }: AnalysedDataset, { unit }: BucketDescriptor): "pair" | "sample" {
  return summary.captions === 0 ? "sample" : unit;
}

function isAskable({ fields }: AnalysedDataset, { where }: BucketDescriptor): boolean {
  try {
    conditionFromWhere(parseWhere(where), fields);
    return true;
  } catch (error) {
    if (error instanceof FieldError) return false;
    throw error;
  }
}
