import { defineConfig } from "vitest/config";

// vmForks and vmThreads break onnxruntime's check of Float32Array; forks is the pool that runs everything.
export default defineConfig({
  test: {
    root: new URL("..", import.meta.url).pathname,
    include: ["test/{unit,contract,golden,engine,webview}/**/*.test.ts"],
    setupFiles: ["test/seeded.ts"],
    pool: "forks",
    testTimeout: 180_000,
    hookTimeout: 180_000,
    // A busy machine takes its time: what is polled for comes at once on a quiet one.
    expect: { poll: { timeout: 20_000 } },
  },
});
