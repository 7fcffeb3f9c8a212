import { createEnv } from "./environment.ts";
import { carryOutRun } from "./requests/carryOutRun.ts";
import { TuneStoppedError } from "./tune/tuneError.ts";

// A run's own process: `tuneMain.js <the run's folder>`, which outlives whoever started it. Its output is the run's log; how it stands is in the folder.

const [folder] = process.argv.slice(2);
const stopping = new AbortController();
for (const name of ["SIGINT", "SIGTERM"] as const)
  process.once(name, () => stopping.abort(new TuneStoppedError(`The run was stopped by ${name}: resume it to go on`)));

try {
  if (folder === undefined) throw new Error("Expected the folder of a run");
  const env = createEnv({ log: (tag, text) => console.log(`[${tag}] ${text}`) });
  await carryOutRun(env, folder, { signal: stopping.signal, print: (line) => console.log(line) });
} catch (error) {
  console.error(error instanceof TuneStoppedError ? error.message : error);
  process.exitCode = 1;
}
