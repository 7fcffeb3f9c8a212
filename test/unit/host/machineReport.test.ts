import { describe, expect, it } from "vitest";
import { formatMachineReport } from "../../../src/host/machineReport.ts";

describe("the report about a machine", () => {
  it("says what can be used, and why the rest can't", () => {
    const text = formatMachineReport(
      {
        version: "0.1.0",
        node: "24.0.0",
        platform: "linux-x64",
        cores: 4,
        physicalCores: 2,
        quotaCores: 1.5,
        threads: 2,
        memoryBytes: 24 * 2 ** 30,
        freeMemoryBytes: 3 * 2 ** 30,
        providers: [
          { provider: "cpu", bundled: true, usable: true, why: null, device: null },
          { provider: "cuda", bundled: false, usable: false, why: "a | b\nis missing", device: "H100" },
        ],
        probes: [
          {
            encoder: "clip@1",
            provider: "cpu",
            batchSize: 16,
            figures: [{ provider: "cpu", ratePerSecond: 20, batchSize: 16, cosine: null, problem: null, text: "cpu 20 pictures/s" }],
          },
        ],
        parities: [
          { encoder: "clip@1", shrinkOnLoad: false, grade: "exact", reference: "open_clip" },
          { encoder: "clip@2", shrinkOnLoad: true, grade: "usable", reference: "clip@1" },
          { encoder: "other@1", shrinkOnLoad: false, grade: null, reference: null },
        ],
        libraries: { sharp: "0.35.5" },
        cacheFolder: "/c",
        cacheDisk: { freeBytes: 2 ** 30, totalBytes: 5 * 2 ** 30 },
        dataFolder: "/d",
      },
      { name: "Code", version: "1.140", remote: "ssh-remote" },
    );
    expect(text).toContain("Code 1.140 over ssh-remote");
    expect(text).toContain("4 hardware threads on 2 cores, limited to 1.5 cores' time, models run on 2");
    expect(text).toContain("24 GB of memory, 3 GB free");
    expect(text).toContain("| cpu | yes | yes |  |  |");
    expect(text).toContain("| cuda | no | no | H100 | a \\| b is missing |");
    expect(text).toContain("- clip@1: `auto` is cpu\n  - cpu 20 pictures/s");
    expect(text).toContain("- clip@1 is exact against open_clip\n- clip@2, with shrinking on load, is usable against clip@1");
    expect(text).toContain("- other@1 is not certified");
    expect(text).toContain("1 GB of 5 GB free: `/c`");
    expect(text).toContain("out of cpu.");
    expect(text).toContain("`/c`");
  });
});
