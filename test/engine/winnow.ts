import { spawn } from "node:child_process";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The checkout's root. */
export const checkout = fileURLToPath(new URL("../..", import.meta.url));

/** What one call of the CLI gave. */
export interface Answer {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder of its own for a test, with a cache and a data folder that only the calls of this bench see. */
export interface Bench {
  readonly folder: string;
  /** Runs the CLI's sources; kills it after `killAfterMs`, or when `killWhen` fires. */
  winnow(
    args: readonly string[],
    options?: { killAfterMs?: number; killWhen?: AbortSignal; program?: string; variables?: Record<string, string> },
  ): Promise<Answer>;
  /** Runs the CLI with `--json` and parses the one document on stdout. */
  json<Value>(args: readonly string[]): Promise<Value>;
  /** Copies the sample dataset into the folder. */
  copySample(name?: string): Promise<string>;
  dispose(): Promise<void>;
}

/** Makes a bench in the temporary folder, or in one that is there. */
export async function createBench(place?: string): Promise<Bench> {
  const folder = place ?? (await mkdtemp(join(tmpdir(), "winnow-test-")));
  const env = { ...process.env, WINNOW_CACHE: join(folder, "cache"), WINNOW_DATA: join(folder, "data") };
  const winnow: Bench["winnow"] = (args, { killAfterMs, killWhen, program = "src/cli/main.ts", variables = {} } = {}) =>
    new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [join(checkout, program), ...args], { env: { ...env, ...variables }, cwd: folder });
      const answer = { stdout: "", stderr: "" };
      child.stdout.on("data", (chunk: Buffer) => (answer.stdout += chunk.toString()));
      child.stderr.on("data", (chunk: Buffer) => (answer.stderr += chunk.toString()));
      child.on("error", reject);
      child.on("close", (code) => resolve({ code, ...answer }));
      killWhen?.addEventListener("abort", () => child.kill("SIGKILL"), { once: true });
      if (killAfterMs !== undefined) setTimeout(() => child.kill("SIGKILL"), killAfterMs);
    });
  return {
    folder,
    winnow,
    json: async (args) => {
      const { code, stdout, stderr } = await winnow([...args, "--json"]);
      if (code !== 0 && code !== 3) throw new Error(`winnow ${args.join(" ")} ended with ${code}: ${stderr}`);
      return JSON.parse(stdout) as never;
    },
    copySample: async (name = "sample") => {
      const to = join(folder, name);
      await cp(join(checkout, "media/sample"), to, {
        recursive: true,
        filter: (path) => !path.includes(".winnow"),
        preserveTimestamps: true,
      });
      return to;
    },
    // A run that goes on by itself may write a last word meanwhile.
    dispose: () => rm(folder, { recursive: true, force: true, maxRetries: 5 }),
  };
}
