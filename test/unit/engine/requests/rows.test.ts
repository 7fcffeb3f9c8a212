import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { countRows, eachRow, saveRows } from "../../../../src/engine/requests/rows.ts";
import { importVerdicts } from "../../../../src/engine/requests/verdicts.ts";
import { openTables } from "../../../../src/engine/store/tables.ts";
import type { Row, RowsRequest } from "../../../../src/protocol/engineApi.ts";
import type { AnalysedWorkplace } from "./analysedWorkplace.ts";
import { createAnalysedWorkplace } from "./analysedWorkplace.ts";

async function rowsOf({ env, root }: AnalysedWorkplace, request: Omit<RowsRequest, "root">): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const batch of eachRow(env, { root, ...request })) rows.push(...batch);
  return rows;
}

describe("rows", () => {
  it("are the pairs that fit, in order, with signals and what was decided", async () => {
    const clipScore = [0.25, 0.5, 0.125, Number.NaN, 0.75, 0.375];
    const place = await createAnalysedWorkplace({ samples: 3, captionsPerSample: 2, clipScore });
    await importVerdicts(place.env, place.root, "sample,captionIndex,verdict,reason\nmarket/2.jpg,0,review,odd\n");
    const rows = await rowsOf(place, { where: "not clipScore < 0.25", sort: "-clipScore", from: 0, limit: 4 });
    expect(rows.map(({ sample, captionIndex, signals }) => [sample, captionIndex, signals["clipScore"]])).toEqual([
      ["market/2.jpg", 0, 0.75],
      ["garden/0.jpg", 1, 0.5],
      ["market/2.jpg", 1, 0.375],
      ["garden/0.jpg", 0, 0.25],
    ]);
    expect(rows[0]).toMatchObject({ verdict: "review", reason: "odd", split: null, caption: place.made.samples[2]!.captions[0]!.text });
    expect(Object.keys(rows[0]!.signals)).not.toEqual(expect.arrayContaining(["captionCount"]));
    expect(await countRows(place.env, { root: place.root, where: "not clipScore < 0.25" })).toBe(5);
  });

  it("leave out samples without captions", async () => {
    const place = await createAnalysedWorkplace({ samples: 45 });
    expect(await rowsOf(place, {})).toHaveLength(44);
  });

  it("go into a Parquet file with every field", async () => {
    const place = await createAnalysedWorkplace({ samples: 45 });
    const path = join(place.outside, "rows.parquet");
    expect(await saveRows(place.env, { root: place.root, where: "folder = garden" }, path)).toBe(11);
    const tables = await openTables({ saved: path });
    const columns = (await tables.query("SELECT column_name AS name FROM (DESCRIBE saved)")).map(({ name }) => name);
    expect(columns).toEqual(
      expect.arrayContaining(["sample", "caption", "captionHash", "contentHash", "clipScore", "width", "verdict", "edited"]),
    );
    expect(columns).not.toContain("item");
    tables.close();
  });
});
