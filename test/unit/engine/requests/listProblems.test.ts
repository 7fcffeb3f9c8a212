import { describe, expect, it } from "vitest";
import { listProblems } from "../../../../src/engine/requests/listProblems.ts";
import { createAnalysedWorkplace } from "./analysedWorkplace.ts";

describe("listProblems", () => {
  it("gives pages with the graver ones first, also of files that are no sample", async () => {
    const { use } = await createAnalysedWorkplace({ samples: 250 });
    const page = await use((dataset) => listProblems(dataset, { from: 0, to: 500 }));
    expect(page.count).toBe(6);
    expect(page.problems.map(({ code, sample }) => `${code} ${sample}`)).toEqual([
      "brokenImage garden/060.jpg",
      "brokenImage garden/160.jpg",
      "missingCaption garden/040.jpg",
      "missingCaption garden/140.jpg",
      "missingCaption garden/240.jpg",
      "orphanCaption null",
    ]);
    const second = await use((dataset) => listProblems(dataset, { from: 1, to: 3 }));
    expect(second).toEqual({ count: 6, problems: page.problems.slice(1, 3) });
  });

  it("gives those of one code, and refuses more than 500 at once", async () => {
    const { use } = await createAnalysedWorkplace({ samples: 250 });
    const broken = await use((dataset) => listProblems(dataset, { from: 0, to: 10, code: "brokenImage" }));
    expect(broken).toMatchObject({ count: 2, problems: [{ hint: "Replace it" }, { severity: "error" }] });
    await expect(use((dataset) => listProblems(dataset, { from: 0, to: 501 }))).rejects.toThrow("at most 500");
  });
});
