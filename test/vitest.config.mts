import { defineConfig } from "vitest/config";

// vmForks and vmThreads break onnxruntime's check of Float32Array; forks is the pool that runs everything.
export default defineConfig({
  test: {
    root: new URL("..", import.meta.url).pathname,
    include: ["test/{unit,contract,golden,engine,webview}/**/*.test.ts"],
    setupFiles: ["test/seeded.ts"],
    pool: "forks",
    // Half of the tests wait for processes of their own: one worker would leave a core idle.
    maxWorkers: 2,
    // What drives processes can be late on a machine that does much else. What failed once is told again at the end (src/build/test.ts).
    retry: 1,
    testTimeout: 180_000,
    hookTimeout: 180_000,
    // A busy machine takes its time: what is polled for comes at once on a quiet one.
    expect: { poll: { timeout: 20_000 } },
  },
});
