import type { Options } from "../../../../src/core/prune/options.ts";
import { parseShare } from "../../../../src/core/prune/options.ts";
import { openRule } from "../../../../src/core/prune/policies.ts";
import type { DecideInput, Rule } from "../../../../src/core/prune/policy.ts";
import type { Decision } from "../../../../src/core/verdict.ts";

/** What is to become of a pair or a sample, with the reason; `ruled` where no person or model said so. */
export interface Plain {
  readonly decision: Decision;
  readonly reason: string;
  readonly ruled: boolean;
}

/** The rules' definition as plainly as it can be written, an object a pair: what the fast one is compared with. */
export interface PlainDecision {
  readonly pairs: (Plain | undefined)[];
  readonly samples: (Plain | undefined)[];
}

interface Table extends PlainDecision {
  readonly input: DecideInput;
  readonly ofRow: readonly (readonly number[])[];
}

/** Applies rules in order. */
export function decidePlainly(input: DecideInput, rules: readonly Rule[]): PlainDecision {
  const table: Table = {
    input,
    pairs: Array.from(input.pairs.row, () => undefined),
    samples: input.samples.map(() => undefined),
    ofRow: input.samples.map((_, row) => [...input.pairs.row.keys()].filter((pair) => input.pairs.row[pair] === row)),
  };
  applyVerdicts(table);
  for (const rule of rules) {
    if (rule["off"] === true) continue;
    const { policy, options } = openRule(rule);
    const findings = { threshold, keepTop, deduplicate, unreadable }[policy.id]!(table, options);
    for (const { unit, at, ...plain } of findings) {
      const said: Plain = { ...plain, ruled: true };
      if (unit === "pair") table.pairs[at] ??= said;
      else {
        table.samples[at] ??= said;
        for (const pair of table.ofRow[at]!) if ((table.pairs[pair]?.decision ?? "review") === "review") table.pairs[pair] = said;
      }
    }
  }
  return table;
}

function applyVerdicts({ input, pairs, samples, ofRow }: Table): void {
  const { captionIndex, captionHash } = input.pairs;
  for (const actor of ["model", "person"])
    for (const whole of [true, false])
      for (const verdict of input.verdicts) {
        const row = input.samples.findIndex(({ id }) => id === verdict.sample);
        if (verdict.actor !== actor || (verdict.captionIndex === undefined) !== whole || row < 0) continue;
        const said: Plain = { decision: verdict.decision, reason: verdict.reason, ruled: false };
        if (whole) samples[row] = said;
        const isMeant = (pair: number) =>
          captionIndex[pair] === verdict.captionIndex && (verdict.captionHash === undefined || captionHash[pair] === verdict.captionHash);
        const own = ofRow[row]!;
        const meant = own.find(isMeant) ?? own.find((pair) => captionHash[pair] === verdict.captionHash);
        for (const pair of whole ? own : meant === undefined ? [] : [meant]) pairs[pair] = said;
      }
}

function decisionOf({ pairs, samples, ofRow }: Table, row: number): Decision {
  const own = ofRow[row]!.map((pair) => pairs[pair]?.decision ?? "keep");
  if (own.length === 0) return samples[row]?.decision ?? "keep";
  return own.includes("keep") ? "keep" : own.includes("review") ? "review" : "drop";
}

function isFrozen({ input }: Table, row: number): boolean {
  return ["validation", "test"].includes(input.samples[row]!.split ?? "");
}

function isOpenSample(table: Table, row: number): boolean {
  if (isFrozen(table, row) || table.samples[row] !== undefined || decisionOf(table, row) === "drop") return false;
  return table.ofRow[row]!.every((pair) => (table.pairs[pair]?.ruled ?? true) || table.pairs[pair]!.decision === "drop");
}

interface Finding {
  readonly unit: "pair" | "sample";
  readonly at: number;
  readonly decision: Decision;
  readonly reason: string;
}

interface Candidate extends Pick<Finding, "unit" | "at"> {
  readonly row: number;
  readonly score: number;
}

function candidatesOf(table: Table, options: Options): Candidate[] {
  const { input, pairs, samples, ofRow } = table;
  const { of, values } = input.signals[String(options["signal"])]!;
  if (options["unit"] === "pair")
    return [...input.pairs.row]
      .map((row, at): Candidate => ({ unit: "pair", at, row, score: values[of === "pair" ? at : row]! }))
      .filter(({ at, row }) => pairs[at] === undefined && !isFrozen(table, row));
  return [...samples.keys()]
    .filter((row) => isOpenSample(table, row))
    .map((row) => {
      const kept = ofRow[row]!.filter((pair) => (pairs[pair]?.decision ?? "keep") === "keep").map((pair) => values[pair]!);
      const known = kept.filter((value) => !Number.isNaN(value));
      const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
      const score = { mean, max: Math.max(...known), min: Math.min(...known) }[String(options["aggregate"])]!;
      return { unit: "sample", at: row, row, score: of === "sample" ? values[row]! : known.length === 0 ? NaN : Math.fround(score) };
    });
}

const short = (score: number): string => String(Number(score.toFixed(4)));

function threshold(table: Table, options: Options): Finding[] {
  const { signal, min = -Infinity, max = Infinity } = options;
  return candidatesOf(table, options).flatMap(({ unit, at, score }): Finding[] => {
    if (Number.isNaN(score)) return [{ unit, at, decision: "review", reason: `${signal!} is unknown` }];
    if (score < Math.fround(Number(min))) return [{ unit, at, decision: "drop", reason: `${signal!} ${short(score)} is below ${min}` }];
    return score > Math.fround(Number(max)) ? [{ unit, at, decision: "drop", reason: `${signal!} ${short(score)} is above ${max}` }] : [];
  });
}

function keepTop(table: Table, options: Options): Finding[] {
  const { input } = table;
  const { signal, keep, per } = options;
  const share = parseShare(String(keep))!;
  const bucketOf = (row: number): string => {
    if (per === undefined) return "";
    if (per === "folder") return ` of folder ${input.samples[row]!.folder || "."}`;
    const concept = input.groups.find(({ kind, members }) => kind === "concept" && members.some((member) => member.row === row));
    return concept === undefined ? " of no concept" : ` of concept ${concept.name} (${concept.id})`;
  };
  const all = candidatesOf(table, options);
  const known = all.filter(({ score }) => !Number.isNaN(score));
  const sign = input.signals[String(signal)]!.better === "higher" ? -1 : 1;
  const idOf = ({ row }: Candidate) => input.samples[row]!.id;
  known.sort((a, b) => sign * (a.score - b.score) || (idOf(a) < idOf(b) ? -1 : idOf(a) > idOf(b) ? 1 : a.at - b.at));
  const unknown = all.filter(({ score }) => Number.isNaN(score));
  const dropped = [...new Set(known.map(({ row }) => bucketOf(row)))].flatMap((bucket) => {
    const own = known.filter(({ row }) => bucketOf(row) === bucket);
    const count = share.kind === "count" ? share.count : Math.floor((own.length * share.percent) / 100);
    const cut = own[Math.min(count, own.length) - 1]?.score;
    const edge = cut === undefined ? "" : ` (cut at ${short(cut)})`;
    return own
      .slice(count)
      .filter(({ score }) => share.kind === "count" || score !== cut)
      .map(({ unit, at, score }): Finding => ({
        unit,
        at,
        decision: "drop",
        reason: `${signal!} ${short(score)} is not in the top ${keep!}${bucket}${edge}`,
      }));
  });
  return [...unknown.map(({ unit, at }): Finding => ({ unit, at, decision: "review", reason: `${signal!} is unknown` })), ...dropped];
}

function deduplicate(table: Table, options: Options): Finding[] {
  const { input, ofRow } = table;
  const phrases = { duplicate: "same bytes as", pixelDuplicate: "same pixels as", nearDuplicate: "near-duplicate of" };
  const kinds = ["duplicate", "pixelDuplicate", "nearDuplicate"] as const;
  const column = options["best"] === undefined ? undefined : input.signals[String(options["best"])]!;
  const valueOf = (row: number): number => {
    const values = column!.of === "sample" ? [column!.values[row]!] : ofRow[row]!.map((pair) => column!.values[pair]!);
    return Math.max(
      -Infinity,
      ...values.filter((value) => !Number.isNaN(value)).map((value) => (column!.better === "higher" ? value : -value)),
    );
  };
  const found: Finding[] = [];
  for (const kind of kinds.slice(0, kinds.indexOf(options["of"] as (typeof kinds)[number]) + 1))
    for (const group of input.groups.filter((known) => known.kind === kind)) {
      const present = group.members
        .map(({ row }) => row)
        .filter((row) => decisionOf(table, row) !== "drop" && !found.some(({ at }) => at === row));
      const best = column === undefined ? present[0] : present.find((row) => valueOf(row) === Math.max(...present.map(valueOf)));
      const keeper = present.find((row) => !isOpenSample(table, row)) ?? best;
      for (const at of present.filter((row) => row !== keeper && isOpenSample(table, row))) {
        const copy = `${phrases[kind]} ${input.samples[keeper!]!.id}`;
        const doubt = group.review;
        found.push({
          unit: "sample",
          at,
          decision: doubt === undefined ? "drop" : "review",
          reason: doubt === undefined ? copy : `${copy}, but ${doubt}`,
        });
      }
    }
  return found;
}

function unreadable(table: Table): Finding[] {
  const rows = [...table.samples.keys()].filter(
    (row) => Number.isNaN(table.input.signals["pixels"]!.values[row]) && isOpenSample(table, row),
  );
  return rows.map((at) => ({ unit: "sample", at, decision: "drop", reason: "its picture can't be decoded" }));
}
