import { describe, expect, it } from "vitest";
import { formatMachineReport } from "../../../src/host/machineReport.ts";

describe("the report about a machine", () => {
  it("says what can be used, and why the rest can't", () => {
    const text = formatMachineReport(
      {
        version: "0.1.0",
        node: "24.0.0",
        platform: "linux-x64",
        cores: 2,
        memoryBytes: 24 * 2 ** 30,
        providers: [
          { provider: "cpu", usable: true, why: null },
          { provider: "cuda", usable: false, why: "a | b\nis missing" },
        ],
        libraries: { sharp: "0.35.5" },
        cacheFolder: "/c",
        dataFolder: "/d",
      },
      { name: "Code", version: "1.140", remote: "ssh-remote" },
    );
    expect(text).toContain("Code 1.140 over ssh-remote");
    expect(text).toContain("2 cores, 24 GB");
    expect(text).toContain("| cpu | yes |  |");
    expect(text).toContain("| cuda | no | a \\| b is missing |");
    expect(text).toContain("out of cpu.");
    expect(text).toContain("`/c`");
  });
});
