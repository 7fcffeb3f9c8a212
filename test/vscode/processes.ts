import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** A process as the system lists it; its resident memory in MB. */
export interface Listed {
  readonly pid: number;
  readonly parent: number;
  readonly rssMb: number;
  readonly command: string;
}

/** The engine's processes below an editor's process. */
export async function listEngineProcesses(editor: number): Promise<readonly number[]> {
  return (await listBelow(editor)).filter(({ command }) => /\bchildMain\.js\b/.test(command)).map(({ pid }) => pid);
}

/** A process and all below it. */
export async function listBelow(editor: number): Promise<readonly Listed[]> {
  const processes = await listProcesses();
  const below = new Set([editor]);
  // `ps` doesn't promise parents before children.
  for (let size = 0; size < below.size;) {
    size = below.size;
    for (const { pid, parent } of processes) if (below.has(parent)) below.add(pid);
  }
  return processes.filter(({ pid }) => below.has(pid));
}

/** Kills the engine's processes below an editor's, as a crash would; gives their number. */
export async function killEngine(editor: number): Promise<number> {
  const found = await listEngineProcesses(editor);
  for (const pid of found) process.kill(pid, "SIGKILL");
  return found.length;
}

async function listProcesses(): Promise<readonly Listed[]> {
  const { stdout } = await promisify(execFile)("ps", ["-axo", "pid=,ppid=,rss=,command="], { maxBuffer: 2 ** 24 });
  return stdout.split("\n").flatMap((line) => {
    const [, pid, parent, rss, command] = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    return pid === undefined ? [] : [{ pid: Number(pid), parent: Number(parent), rssMb: Number(rss) / 1024, command: command ?? "" }];
  });
}
