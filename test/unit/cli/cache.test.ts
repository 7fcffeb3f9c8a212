import { readdir, truncate } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { cacheCommand } from "../../../src/cli/cache.ts";
import type { Call } from "../../../src/cli/command.ts";
import { exitCodes, UsageError } from "../../../src/cli/command.ts";
import type { Env } from "../../../src/engine/env.ts";
import { listCache } from "../../../src/engine/cache/inventory.ts";
import { fillCache } from "../engine/cache/cacheFixture.ts";
import { createWorkplace } from "../engine/store/workplace.ts";

/** Calls the command with its words, and gives its exit code and what it printed. */
async function call(
  env: Env,
  positionals: readonly string[],
  options: Call["words"]["options"] = {},
): Promise<{ code: number; printed: string }> {
  const printed: string[] = [];
  const code = await cacheCommand.run({
    env,
    words: { positionals, options: { quiet: true, ...options } },
    json: options["json"] === true,
    signal: new AbortController().signal,
    onProgress: () => undefined,
    print: (text) => void printed.push(text),
    printPiece: () => Promise.resolve(),
    tell: () => undefined,
  });
  return { code, printed: printed.join("\n") };
}

describe("winnow cache", () => {
  it("tells what lies where", async () => {
    const { env, root } = await createWorkplace();
    await fillCache(env, root);
    const { printed } = await call({ ...env, cacheLimitBytes: 20e9 }, []);
    expect(printed.split("\n")[0]).toMatch(/cache: [\d.]+ KB, limit 20 GB$/);
    expect(printed).toContain("\n  vectors tiny@0123456789ab/cafe/4/fp32 image: 1.1 KB, 20, used today\n");
    expect(printed).toContain(`\n  tables ${root}: `);
  });

  it("checks, and repairs only when it is told to", async () => {
    const { env, root } = await createWorkplace();
    await fillCache(env, root);
    expect((await call(env, ["verify"])).printed).toMatch(/^4 pieces of [\d.]+ KB read: all whole$/);
    const file = (await listCache(env)).find(({ kind }) => kind === "vectors")!.paths[0]!;
    await truncate(file, 200);
    const told = await call(env, ["verify"]);
    expect(told.code).toBe(exitCodes.doneWithProblems);
    expect(told.printed).toContain(`${file}: it is cut off: 200 of 288 bytes\n`);
    expect((await call(env, ["verify"], { repair: true })).code).toBe(exitCodes.done);
    expect((await call(env, ["verify"])).code).toBe(exitCodes.done);
    expect(await readdir(join(env.cacheFolder, "damaged"))).toHaveLength(1);
  });

  it("prunes to a limit, the usual one where none is said", async () => {
    const { env, root } = await createWorkplace();
    await fillCache(env, root);
    expect((await call(env, ["prune"], { limit: "0", "dry-run": true })).printed).toMatch(/KB would be evicted, 0 bytes stay$/);
    expect((await call(env, ["prune"], { unused: "1d" })).printed).toMatch(/^0 bytes are evicted, [\d.]+ KB stay$/);
    expect((await call({ ...env, cacheLimitBytes: 1 }, ["prune"])).printed).toMatch(/KB are evicted, 0 bytes stay$/);
  });

  it.each([
    [["prune"], {}],
    [["prune"], { limit: "much" }],
    [["prune"], { unused: "1" }],
    [["verify", "this"], {}],
    [["burn"], {}],
  ] as const)("refuses %j with %j", async (positionals, options) => {
    const { env } = await createWorkplace();
    await expect(call(env, positionals, options)).rejects.toThrow(UsageError);
  });
});
