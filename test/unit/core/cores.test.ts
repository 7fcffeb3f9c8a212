import { describe, expect, it } from "vitest";
import { countCores } from "../../../src/core/cores.ts";

/** Processors with their core and socket, as /proc/cpuinfo lists them. */
function cpuinfo(places: readonly (readonly [core: number, socket: number])[]): string {
  return places
    .map(([core, socket], i) => `processor\t: ${i}\nphysical id\t: ${socket}\ncore id\t\t: ${core}\ncpu cores\t: 2\n`)
    .join("\n");
}

const twoCoresTwice = cpuinfo([
  [0, 0],
  [1, 0],
  [0, 0],
  [1, 0],
]);
const nothing = { cpuinfo: undefined, status: undefined, quota: undefined };

describe("the cores for us", () => {
  it("are the physical ones, without their second threads", () => {
    expect(countCores({ ...nothing, logical: 4, cpuinfo: twoCoresTwice })).toEqual({
      logical: 4,
      physical: 2,
      quota: undefined,
      threads: 2,
      isLimited: false,
    });
  });

  it("are counted by socket", () => {
    const sockets = cpuinfo([
      [0, 0],
      [1, 0],
      [0, 1],
      [1, 1],
    ]);
    expect(countCores({ ...nothing, logical: 4, cpuinfo: sockets }).physical).toBe(4);
  });

  it("are those alone that the process may use", () => {
    const status = "Name:\tnode\nCpus_allowed_list:\t1,3\n";
    expect(countCores({ ...nothing, logical: 2, cpuinfo: twoCoresTwice, status })).toMatchObject({
      physical: 1,
      threads: 1,
      isLimited: true,
    });
    expect(countCores({ ...nothing, logical: 3, cpuinfo: twoCoresTwice, status: "Cpus_allowed_list:\t0-2" }).threads).toBe(2);
  });

  it.each([
    ["150000 100000\n", 1.5, 2, false],
    ["50000 100000", 0.5, 1, true],
    ["max 100000\n", undefined, 2, false],
    ["-1 100000", undefined, 2, false],
  ])("are limited by the quota %j of a control group", (quota, cores, threads, isLimited) => {
    expect(countCores({ ...nothing, logical: 4, cpuinfo: twoCoresTwice, quota })).toMatchObject({ quota: cores, threads, isLimited });
  });

  it("are left to onnxruntime where the system doesn't tell them, as on macOS and some ARM machines", () => {
    expect(countCores({ ...nothing, logical: 8 })).toMatchObject({
      physical: undefined,
      quota: undefined,
      threads: undefined,
      isLimited: false,
    });
    expect(countCores({ ...nothing, logical: 8, cpuinfo: "processor\t: 0\nBogoMIPS\t: 50.00\n" }).threads).toBeUndefined();
  });
});
