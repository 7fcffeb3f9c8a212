import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { countCores } from "../../core/cores.ts";
import type { Cores } from "../../core/cores.ts";

let counted: Cores | undefined;

/** The cores of this machine that are there for us; counted once, for neither they nor a group's quota change under a running process. */
export function realCores(): Cores {
  counted ??= countCores({
    logical: availableParallelism(),
    ...(process.platform === "linux"
      ? {
          cpuinfo: readText("/proc/cpuinfo"),
          status: readText("/proc/self/status"),
          quota: readText("/sys/fs/cgroup/cpu.max") ?? readOlderQuota(),
        }
      : { cpuinfo: undefined, status: undefined, quota: undefined }),
  });
  return counted;
}

function readOlderQuota(): string | undefined {
  const [quota, period] = ["cfs_quota_us", "cfs_period_us"].map((name) => readText(`/sys/fs/cgroup/cpu/cpu.${name}`));
  return quota === undefined || period === undefined ? undefined : `${quota.trim()} ${period.trim()}`;
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
