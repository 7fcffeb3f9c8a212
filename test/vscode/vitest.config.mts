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
    // VS Code gives the keys away when a dialog or a message goes, whoever has them by then. What failed once is named in the report.
    retry: 1,
    expect: { poll: { timeout: 60_000 } },
  },
});
