import { appendFileSync, existsSync } from "node:fs";
import { createMessageConnection, IPCMessageReader, IPCMessageWriter } from "vscode-jsonrpc/node";
import type { EngineToHost } from "../../../src/protocol/computeApi.ts";
import { connect } from "../../../src/protocol/rpc.ts";

/** What the stand-in for the engine answers: each request is one way in which a process behaves. */
export interface ProgramApi {
  echo: { params: { text: string; samples: Float32Array }; result: { text: string; samples: Float32Array; pid: number } };
  /** Answers after some time; obeys a cancel. */
  answerSlowly: { params: { ms: number }; result: string; progress: number };
  /** Never answers, whatever is asked of it, but lets the event loop run. */
  ignoreCancel: { params: null; result: null };
  /** Holds the event loop for some time. */
  hang: { params: { ms: number }; result: string };
  /** Dies when it is called for the first time; a file keeps the count. */
  dieOnce: { params: { file: string; changes: boolean }; result: number };
  dieAlways: { params: null; result: null };
  /** A run that dies so many times, having computed something in between where it `progresses`. */
  run: {
    params: { file: string; deaths: number; progresses: boolean; dies: boolean; provider: string };
    result: { provider: string; starts: number };
    progress: { stage: "encode"; done: number; cached: number; total: number };
  };
  fail: { params: null; result: null };
}

if (process.argv[2] === "dies") {
  console.error("Expected a better world");
  process.exit(7);
}
process.on("disconnect", () => {
  console.error("goes");
  process.exit();
});
console.error(`started as ${process.argv[2] ?? "nothing"}`);

const countStarts = async (file: string): Promise<number> => {
  appendFileSync(file, "x");
  const { readFile } = await import("node:fs/promises");
  return (await readFile(file, "utf8")).length;
};

connect<ProgramApi, EngineToHost>(createMessageConnection(new IPCMessageReader(process), new IPCMessageWriter(process)), {
  echo: ({ text, samples }) => ({ text, samples, pid: process.pid }),
  answerSlowly: ({ ms }, { signal, onProgress }) =>
    new Promise((resolve, reject) => {
      onProgress(0.5);
      const timer = setTimeout(() => resolve("at last"), ms);
      signal.addEventListener("abort", () => {
        clearTimeout(timer);
        reject(new Error("obeyed"));
      });
    }),
  ignoreCancel: () => new Promise(() => undefined),
  hang: ({ ms }) => {
    const until = Date.now() + ms;
    while (Date.now() < until);
    return "back";
  },
  dieOnce: async ({ file }) => {
    const isFirst = !existsSync(file);
    const starts = await countStarts(file);
    if (isFirst) process.kill(process.pid, "SIGKILL");
    return starts;
  },
  dieAlways: () => process.exit(3),
  run: async ({ file, deaths, progresses, dies, provider }, { onProgress }) => {
    const starts = await countStarts(file);
    onProgress({ stage: "encode", done: progresses ? 1 : 0, cached: starts - 1, total: 10 });
    if (starts <= deaths && dies) setTimeout(() => process.kill(process.pid, "SIGKILL"), 50);
    if (starts <= deaths) return await new Promise(() => undefined);
    return { provider, starts };
  },
  fail: () => {
    throw new RangeError("Expected something else");
  },
});
