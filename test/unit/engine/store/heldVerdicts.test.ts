import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { indexSelection } from "../../../../src/core/selection.ts";
import type { Actor, Decision, Verdict } from "../../../../src/core/verdict.ts";
import { createCurated } from "../../../../src/engine/store/curated.ts";
import { captionHash } from "../../../../src/engine/store/dotWinnow.ts";
import { loadHeldVerdicts } from "../../../../src/engine/store/heldVerdicts.ts";
import type { Tables } from "../../../../src/engine/store/tables.ts";
import { openTables } from "../../../../src/engine/store/tables.ts";

/** Captions of each sample; texts repeat so that one hash stands at several places. */
const madeCaptions = fc.array(fc.array(fc.constantFrom("a", "b", "c"), { maxLength: 4 }), { minLength: 1, maxLength: 4 });

const madeVerdict = fc.record(
  {
    sample: fc.constantFrom("s0", "s1", "s2", "s3", "gone"),
    captionIndex: fc.constantFrom(0, 1, 2, 3, 7, 5_000_000_000),
    captionHash: fc.constantFrom("a", "b", "c", "changed").map(captionHash),
    decision: fc.constantFrom<Decision>("keep", "drop", "review"),
    actor: fc.constantFrom<Actor>("person", "model", "rule"),
    reason: fc.string({ maxLength: 3 }),
  },
  { requiredKeys: ["sample", "decision", "actor", "reason"] },
);

async function openSamples(captions: readonly (readonly string[])[]): Promise<Tables> {
  const tables = await openTables({});
  const pairs = captions.flatMap((texts, row) => texts.map((text, captionIndex) => ({ row, text, captionIndex })));
  const samples = captions.map((texts, row) => ({ row, texts }));
  await tables.load("pairs", [
    { name: "pair", type: "integer", values: Int32Array.from(pairs.keys()) },
    { name: "sampleRow", type: "integer", values: pairs.map(({ row }) => row) },
    { name: "sample", type: "text", values: pairs.map(({ row }) => `s${row}`) },
    { name: "captionIndex", type: "integer", values: pairs.map(({ captionIndex }) => captionIndex) },
    { name: "captionHash", type: "text", values: pairs.map(({ text }) => captionHash(text)) },
    { name: "folder", type: "text", values: pairs.map(() => "") },
    { name: "split", type: "text", values: pairs.map(() => null) },
  ]);
  await tables.load("samples", [
    { name: "sampleRow", type: "integer", values: samples.map(({ row }) => row) },
    { name: "sample", type: "text", values: samples.map(({ row }) => `s${row}`) },
    { name: "folder", type: "text", values: samples.map(() => "") },
    { name: "split", type: "text", values: samples.map(() => null) },
    { name: "captionCount", type: "integer", values: samples.map(({ texts }) => texts.length) },
  ]);
  await tables.load("problems", [
    { name: "sample", type: "text", values: [] },
    { name: "code", type: "text", values: [] },
    { name: "severity", type: "text", values: [] },
  ]);
  await createCurated(tables, { warm: false });
  return tables;
}

/** What holds by `indexSelection`, for each caption in order; a sample without captions has one place for its own verdict. */
function heldByIndex(captions: readonly (readonly string[])[], selection: readonly Verdict[]): (string | null)[] {
  const index = indexSelection(selection);
  const spell = (verdict: Verdict | undefined): string | null =>
    verdict === undefined ? null : `${verdict.decision} ${verdict.actor} ${verdict.reason}`;
  const ofPairs = captions.flatMap((texts, row) => index.ofCaptions(`s${row}`, texts.map(captionHash)).map(spell));
  const ofBare = captions.flatMap((texts, row) => (texts.length === 0 ? [spell(index.ofSample(`s${row}`))] : []));
  return [...ofPairs, ...ofBare];
}

describe("loadHeldVerdicts", () => {
  it("lets hold what indexSelection says, for pairs and for samples without captions", async () => {
    await fc.assert(
      fc.asyncProperty(madeCaptions, fc.array(madeVerdict, { maxLength: 12 }), async (captions, made) => {
        const selection = made as readonly Verdict[];
        const tables = await openSamples(captions);
        await loadHeldVerdicts(tables, selection);
        const rows = await tables.query(
          "SELECT v.verdict || ' ' || v.actor || ' ' || v.reason AS held FROM items i LEFT JOIN verdicts v USING (item) ORDER BY i.item",
        );
        expect(rows.map(({ held }) => held)).toEqual(heldByIndex(captions, selection));
        tables.close();
      }),
      { numRuns: 60 },
    );
  });

  it("puts new verdicts in the place of those before", async () => {
    const tables = await openSamples([["a"], ["b"]]);
    await loadHeldVerdicts(tables, [{ sample: "s0", decision: "drop", actor: "person", reason: "dark" }]);
    await loadHeldVerdicts(tables, [{ sample: "s1", captionIndex: 0, decision: "review", actor: "rule", reason: "odd" }]);
    expect(await tables.query("SELECT * FROM verdicts")).toEqual([
      { item: 1, sampleRow: 1, sample: "s1", captionIndex: 0, verdict: "review", actor: "rule", reason: "odd" },
    ]);
    tables.close();
  });
});
