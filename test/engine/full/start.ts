import { spawn } from "node:child_process";
import { dirname, join } from "node:path";
import { findPython } from "../../python.ts";

/** What a call of a program gave. */
export interface Ended {
  readonly code: number | null;
  readonly stderr: string;
}

/** Starts a program beside the tests' Python, such as it itself; one thread each, since tests share few cores. */
export function start(
  name: string,
  args: readonly string[],
  variables: Readonly<Record<string, string>> = {},
  cwd?: string,
): { readonly pid: number; readonly ended: Promise<Ended> } {
  const program = join(dirname(findPython()!), name);
  const child = spawn(program, args, { cwd, env: { ...process.env, OMP_NUM_THREADS: "1", ...variables } });
  let stderr = "";
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stderr }));
  });
  return { pid: child.pid!, ended };
}
