import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BadRequestError, parseRequest } from "../../../../src/host/panel/requests.ts";

describe("parseRequest", () => {
  it("leaves out what the form doesn't name, a root of the page's own above all", () => {
    expect(parseRequest("inspect", { sample: "a", root: "/etc" })).toEqual({ sample: "a" });
    expect(parseRequest("readOverview", { root: "/etc" })).toEqual({});
  });

  it("keeps a rule's options, which are the policy's to judge", () => {
    const rules = [{ policy: "threshold", signal: "clipScore", limit: 0.2, off: true }];
    expect(parseRequest("tryRules", { rules })).toEqual({ rules });
  });

  it("keeps typed arrays as they are", () => {
    const sampleRows = Uint32Array.of(3, 5);
    const { sampleRows: read } = parseRequest("saveSet", { generation: "g", sampleRows });
    expect(read).toBe(sampleRows);
  });

  it.each([
    ["readPage", { view: "v", from: 0, to: 1.5, fields: [] }, /readPage can't be read: to: /],
    ["readPage", { view: "v", from: 0, to: 10, fields: Array<string>(201).fill("x") }, /fields: /],
    ["readThumbnails", { samples: Array<string>(501).fill("x"), side: 256 }, /samples: /],
    ["openView", { unit: "folder" }, /unit: /],
    ["openView", { unit: "pair", search: { kind: "command", text: "x" } }, /search\.kind: /],
    ["setVerdicts", { targets: { kind: "named", pairs: [] }, decision: "delete", reason: "" }, /decision: /],
    ["saveSet", { generation: "g", sampleRows: [1, 2] }, /Expected rows as a Uint32Array/],
    ["editCaption", { sample: "s", captionIndex: 0, before: "a", after: "x".repeat(200_001) }, /after: /],
    ["tryRules", { rules: [{ policy: "threshold", limit: { $gt: 1 } }] }, /rules\.0\.limit: /],
    ["undo", {}, /cascade: /],
    ["inspect", null, /inspect can't be read: /],
    ["run", { through: "tune" }, /run can't be read: /],
  ] as const)("refuses %s of %j", (method, params, message) => {
    expect(() => parseRequest(method, params)).toThrow(BadRequestError);
    expect(() => parseRequest(method, params)).toThrow(message);
  });

  const request = (ranges: unknown): unknown => ({ targets: { kind: "view", view: "v", ranges }, decision: "drop", reason: "" });

  it("takes every list of ascending half-open ranges", () => {
    const ranges = fc
      .uniqueArray(fc.nat(1_000_000), { maxLength: 200 })
      .map((ends) => ends.sort((left, right) => left - right))
      .map((ends) => Array.from({ length: Math.floor(ends.length / 2) }, (_, at) => [ends[2 * at]!, ends[2 * at + 1]!]));
    fc.assert(
      fc.property(ranges, (list) => {
        expect(parseRequest("setVerdicts", request(list))).toEqual(request(list));
      }),
    );
  });

  it.each([
    [[[5, 5]]],
    [[[5, 4]]],
    [[[0, 5, 6]]],
    [
      [
        [4, 6],
        [0, 2],
      ],
    ],
    [
      [
        [0, 4],
        [3, 6],
      ],
    ],
    [[[-1, 2]]],
    [[["0", 2]]],
    ["all"],
    [{ length: 0 }],
  ])("refuses the ranges %j", (ranges) =>
    expect(() => parseRequest("setVerdicts", request(ranges))).toThrow("Expected ascending half-open ranges of positions"),
  );
});
