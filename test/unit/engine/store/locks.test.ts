import { mkdir, stat, symlink, utimes } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { withDataset } from "../../../../src/engine/store/dataset.ts";
import { lockDataset } from "../../../../src/engine/store/locks.ts";
import { createWorkplace } from "./workplace.ts";

describe("the lock of a dataset", () => {
  it("is waited for, and after that its holder is named", async () => {
    const { root } = await createWorkplace();
    const held = await lockDataset(root);
    await expect(lockDataset(root, 50)).rejects.toThrow(new RegExp(`\\(process ${process.pid} on .+\\): wait for it to end`));
    const waiting = lockDataset(root, 5_000);
    await held.release();
    expect(held.isHeld()).toBe(false);
    const next = await waiting;
    expect(next.isHeld()).toBe(true);
    await next.release();
  });

  it("of a process that is gone is taken over", async () => {
    const { root } = await createWorkplace();
    await mkdir(join(root, "lock"));
    const longAgo = new Date(Date.now() - 60_000);
    await utimes(join(root, "lock"), longAgo, longAgo);
    await (await lockDataset(root, 50)).release();
  });

  it("is free again after a failure", async () => {
    const { env, root } = await createWorkplace();
    await expect(withDataset(env, root, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    await expect(stat(join(root, ".winnow/lock"))).rejects.toThrow("ENOENT");
  });
});

describe("a .winnow that came from elsewhere", () => {
  it("is not followed out of the dataset", async () => {
    const { env, root, outside } = await createWorkplace({ ".winnow/recipe.json": '{"schema": 1, "rules": []}' });
    await mkdir(outside);
    await symlink(join(outside, ".."), join(root, ".winnow/trash"));
    await expect(withDataset(env, root, () => Promise.resolve())).rejects.toThrow(/is a link out of the dataset/);
  });
});
