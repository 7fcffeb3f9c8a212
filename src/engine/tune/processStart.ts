import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";

/** A process by its number and by when it started: numbers are given again, the two together are not. `started` is null where the system doesn't tell. */
export interface ProcessMark {
  readonly pid: number;
  readonly started: string | null;
}

/** The mark of a process that runs now. */
export async function markProcess(pid: number): Promise<ProcessMark> {
  return { pid, started: (await readProcessStart(pid)) ?? null };
}

/** Whether a process that was marked still runs: not one that ended, nor another that got its number. */
export async function isRunning({ pid, started }: ProcessMark): Promise<boolean> {
  if (!hasProcess(pid)) return false;
  if (started === null) return true;
  return (await readProcessStart(pid)) === started;
}

/** When a process started, in the system's own words; undefined where it is gone, or where that isn't told. */
async function readProcessStart(pid: number): Promise<string | undefined> {
  try {
    if (process.platform === "linux") return await readLinuxStart(pid);
    const [program, args] =
      process.platform === "win32"
        ? ["powershell.exe", ["-NoProfile", "-Command", `(Get-Process -Id ${pid}).StartTime.ToFileTimeUtc()`]]
        : ["ps", ["-o", "lstart=", "-p", String(pid)]];
    const { stdout } = await promisify(execFile)(program, args, { env: { ...process.env, LC_ALL: "C" } });
    return stdout.trim() === "" ? undefined : stdout.trim();
  } catch {
    return undefined;
  }
}

/** What follows the program's name, which may hold anything up to the last bracket, begins with the state; the start in ticks since boot is the 20th (proc_pid_stat(5)). */
async function readLinuxStart(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const isOver = fields[0] === "Z" || fields[0] === "X"; // ended, and nobody has asked how yet
  const boot = await readFile("/proc/sys/kernel/random/boot_id", "utf8").catch(() => "");
  return isOver ? undefined : `${boot.trim()} ${fields[19] ?? ""}`;
}

function hasProcess(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
