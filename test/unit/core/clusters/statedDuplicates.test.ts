import { describe, expect, it } from "vitest";
import { joinStated } from "../../../../src/core/clusters/statedDuplicates.ts";

/** Rows 0 to 9 with the ids j to a: of equal pictures, the higher row is preferred. */
const facts = {
  ids: Array.from({ length: 10 }, (_, row) => String.fromCharCode(106 - row)),
  pixelCount: new Float64Array(10).fill(1),
  sizeBytes: new Float64Array(10).fill(1),
};
const rowsOf = (groups: ReturnType<typeof joinStated>) => groups.map(({ rows }) => rows);

describe("samples that a person said to be one picture", () => {
  it("leave groups as they are where nothing was said", () => {
    expect(joinStated(facts, [[1, 2]], [])).toEqual([{ rows: [1, 2], isFound: true }]);
  });

  it("make a group, with the one that stays as its keeper", () => {
    expect(joinStated(facts, [], [[0, 5]])).toEqual([{ rows: [0, 5], isFound: false }]);
    expect(joinStated(facts, [], [[5, 0]])).toEqual([{ rows: [5, 0], isFound: false }]);
  });

  it("put the groups that they are in together, and what was said of them in a row", () => {
    const groups = joinStated(
      facts,
      [
        [3, 2],
        [7, 6],
      ],
      [
        [2, 6],
        [2, 9],
      ],
    );
    // The best that no word puts behind another is row 7.
    expect(groups).toEqual([{ rows: [7, 9, 6, 3, 2], isFound: true }]);
  });

  it("have the best of all as keeper where every one was put behind another", () => {
    const groups = joinStated(
      facts,
      [],
      [
        [1, 2],
        [2, 3],
        [3, 1],
      ],
    );
    expect(rowsOf(groups)).toEqual([[3, 2, 1]]);
  });

  it("come by their keepers' ids with the groups that were found", () => {
    expect(rowsOf(joinStated(facts, [[1, 0]], [[4, 5]]))).toEqual([
      [4, 5],
      [1, 0],
    ]);
  });
});
