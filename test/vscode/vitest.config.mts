import { defineConfig } from "vitest/config";

// One editor at a time: each has a browser, a server, an extension host and the engine's processes.
export default defineConfig({
  test: {
    root: new URL("../..", import.meta.url).pathname,
    include: ["test/vscode/**/*.test.ts"],
    setupFiles: ["test/vscode/evidence.ts"],
    globalSetup: ["test/vscode/globalSetup.ts"],
    pool: "forks",
    fileParallelism: false,
    testTimeout: 180_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 60_000 } },
  },
});
