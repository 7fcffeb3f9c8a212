/** What Linux tells about the processors that a process may use; texts of files in /proc and /sys, undefined where there is none. */
export interface CoreFacts {
  /** Hardware threads as the runtime counts them, without those that the process may not use. */
  readonly logical: number;
  /** /proc/cpuinfo */
  readonly cpuinfo: string | undefined;
  /** /proc/self/status, for `Cpus_allowed_list` */
  readonly status: string | undefined;
  /** The share of time of a control group: version 2's `cpu.max`, or version 1's quota and period with a blank between. */
  readonly quota: string | undefined;
}

/**
 * Cores for a computation: `physical` without their second threads; `quota` in cores, undefined where nothing limits it; `threads` is how many can compute,
 * `isLimited` whether these are fewer than the machine has.
 */
export interface Cores {
  readonly logical: number;
  readonly physical: number | undefined;
  readonly quota: number | undefined;
  readonly threads: number | undefined;
  readonly isLimited: boolean;
}

/**
 * Counts the cores that are really there for us. A second thread of a core has no arithmetic units of its own, and threads beyond a group's quota are stopped
 * in the middle of a product. `threads` is undefined where the physical cores are not told (other systems than Linux): onnxruntime counts them itself there.
 */
export function countCores({ logical, cpuinfo, status, quota: quotaText }: CoreFacts): Cores {
  const quota = parseQuota(quotaText);
  const physical = cpuinfo === undefined ? undefined : countPhysical(cpuinfo, parseList(status));
  const threads = physical === undefined ? undefined : Math.max(1, Math.min(physical, logical, Math.ceil(quota ?? logical)));
  const isLimited = threads !== undefined && threads < countPhysical(cpuinfo!, undefined)!;
  return { logical, physical, quota, threads, isLimited };
}

function parseQuota(text: string | undefined): number | undefined {
  const [quota, period] = (text ?? "").trim().split(/\s+/).map(Number);
  const cores = quota! / period!;
  return cores > 0 && Number.isFinite(cores) ? cores : undefined;
}

/** Pairs of socket and core among the processors that are allowed; undefined where the file tells none, as on ARM. */
function countPhysical(cpuinfo: string, allowed: ReadonlySet<number> | undefined): number | undefined {
  const cores = new Set<string>();
  for (const block of cpuinfo.split(/\n\s*\n/)) {
    const field = (name: string): string | undefined => new RegExp(`^${name}\\s*:\\s*(\\d+)\\s*$`, "m").exec(block)?.[1];
    const [processor, core] = [field("processor"), field("core id")];
    if (processor === undefined || core === undefined || allowed?.has(Number(processor)) === false) continue;
    cores.add(`${field("physical id") ?? 0} ${core}`);
  }
  return cores.size === 0 ? undefined : cores.size;
}

/** The processors of a list such as `0-3,8`. */
function parseList(status: string | undefined): ReadonlySet<number> | undefined {
  const list = /^Cpus_allowed_list:\s*(\S+)/m.exec(status ?? "")?.[1];
  if (list === undefined) return undefined;
  return new Set(
    list.split(",").flatMap((range) => {
      const [from, to] = range.split("-").map(Number);
      return Array.from({ length: (to ?? from!) - from! + 1 }, (_, i) => from! + i);
    }),
  );
}
