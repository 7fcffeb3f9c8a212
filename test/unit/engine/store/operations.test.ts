import { chmod, lstat, readFile, readlink, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readDataset, withDataset } from "../../../../src/engine/store/dataset.ts";
import { sha256 } from "../../../../src/engine/store/files.ts";
import { applyOperation, ConflictError, type Change } from "../../../../src/engine/store/operations.ts";
import { undo } from "../../../../src/engine/write/undo.ts";
import { createWorkplace, snapshot, write, type Workplace } from "./workplace.ts";

function change(path: string, before: string | null, after: string | undefined): Change {
  return {
    path,
    before: before === null ? null : sha256(before),
    content: after === undefined ? undefined : { kind: "bytes", bytes: after },
  };
}

async function apply({ env, root }: Workplace, ...changes: Change[]): Promise<string> {
  const operation = await withDataset(env, root, (dataset) => applyOperation(dataset, { kind: "caption", summary: "test", changes }));
  return operation?.operation ?? "";
}

function undoIn({ env, root }: Workplace, id?: string, options?: { cascade?: boolean }): ReturnType<typeof undo> {
  return withDataset(env, root, (dataset) => undo(dataset, id, options));
}

const before = { "a.txt": "one", "b/b.txt": "two", "c.txt": "three" };

describe("an operation", () => {
  it("changes, makes and removes files, and its undo returns them to the byte", async () => {
    const place = await createWorkplace(before);
    const id = await apply(place, change("a.txt", "one", "1"), change("n/new.txt", null, "new"), change("c.txt", "three", undefined));
    expect(id).toMatch(/^\d{8}-\d{6}-[0-9a-f]{4}$/);
    expect(await snapshot(place.root)).toEqual({ "a.txt": "1", "b/b.txt": "two", "n/new.txt": "new" });
    const undone = await undoIn(place);
    expect(undone).toMatchObject({ undone: [id], left: [] });
    expect([...undone.restored].sort()).toEqual(["a.txt", "c.txt", "n/new.txt"]);
    expect(await snapshot(place.root)).toEqual(before);
    await expect(stat(join(place.root, "n"))).rejects.toThrow("ENOENT");
    expect(await readFile(join(place.root, ".winnow/trash", undone.operation ?? "", "n/new.txt"), "utf8")).toBe("new");
  });

  it("writes through a symbolic link and keeps the file's permissions", async () => {
    const place = await createWorkplace(before);
    await write(join(place.outside, "real.txt"), "far");
    await chmod(join(place.outside, "real.txt"), 0o640);
    await symlink(join(place.outside, "real.txt"), join(place.root, "link.txt"));
    await apply(place, change("link.txt", "far", "further"));
    expect((await lstat(join(place.root, "link.txt"))).isSymbolicLink()).toBe(true);
    expect(await readlink(join(place.root, "link.txt"))).toBe(join(place.outside, "real.txt"));
    expect(await readFile(join(place.outside, "real.txt"), "utf8")).toBe("further");
    expect((await stat(join(place.outside, "real.txt"))).mode & 0o777).toBe(0o640);
    await undoIn(place);
    expect(await readFile(join(place.outside, "real.txt"), "utf8")).toBe("far");
  });

  it("refuses to write over a file that changed since it was read, and names it", async () => {
    const place = await createWorkplace(before);
    const attempt = apply(place, change("a.txt", "one", "1"), change("c.txt", "other", "3"), change("b/b.txt", null, "2"));
    await expect(attempt).rejects.toThrow(ConflictError);
    await expect(attempt).rejects.toMatchObject({
      conflicts: expect.arrayContaining([
        { path: "c.txt", reason: "was changed by something else since it was read" },
        { path: "b/b.txt", reason: "exists already" },
      ]) as unknown,
    });
    expect(await snapshot(place.root)).toEqual(before);
  });

  it("that changes nothing is none", async () => {
    const place = await createWorkplace(before);
    expect(await apply(place, change("a.txt", "one", "one"))).toBe("");
    expect((await readDataset(place.env, place.root)).ledger.operations).toEqual([]);
  });

  it("never leads out of the root", async () => {
    const place = await createWorkplace(before);
    await expect(apply(place, change("../escaped.txt", null, "out"))).rejects.toThrow(/leads out of the dataset/);
    await expect(apply(place, change(".winnow/../../escaped.txt", null, "out"))).rejects.toThrow(/leads out of the dataset/);
  });

  it("leaves nothing behind when it fails half-way", async () => {
    const place = await createWorkplace(before);
    const broken: Change = {
      path: "z/deep/z.txt",
      before: null,
      content: { kind: "read", read: () => Promise.reject(new Error("the archive is gone")) },
    };
    await expect(apply(place, change("a.txt", "one", "1"), broken)).rejects.toThrow("the archive is gone");
    expect(await snapshot(place.root)).toEqual(before);
    await expect(stat(join(place.root, "z"))).rejects.toThrow("ENOENT");
  });
});

describe("undo", () => {
  it("leaves a file that something else changed, and says so", async () => {
    const place = await createWorkplace(before);
    const id = await apply(place, change("a.txt", "one", "1"), change("c.txt", "three", "3"));
    await writeFile(join(place.root, "a.txt"), "edited by hand");
    const undone = await undoIn(place, id);
    expect(undone.left).toEqual([{ path: "a.txt", reason: "changed outside Winnow", by: null }]);
    expect(await snapshot(place.root)).toEqual({ ...before, "a.txt": "edited by hand" });
    expect((await readDataset(place.env, place.root)).ledger.operations[0]?.state).toBe("partlyUndone");
    await writeFile(join(place.root, "a.txt"), "1");
    expect(await undoIn(place, id)).toMatchObject({ restored: ["a.txt"], left: [] });
    expect(await snapshot(place.root)).toEqual(before);
  });

  it("names our later operation on the file, and undoes it first when told to", async () => {
    const place = await createWorkplace(before);
    const first = await apply(place, change("a.txt", "one", "1"), change("c.txt", "three", "3"));
    const second = await apply(place, change("a.txt", "1", "11"), change("b/b.txt", "two", "2"));
    const third = await apply(place, change("b/b.txt", "2", "22"));
    const blocked = await undoIn(place, first);
    expect(blocked.left).toEqual([{ path: "a.txt", reason: `changed by the later operation ${second} (test)`, by: second }]);
    expect(blocked.restored).toEqual(["c.txt"]);
    expect(await undoIn(place, first, { cascade: true })).toMatchObject({ undone: [third, second, first], left: [] });
    expect(await snapshot(place.root)).toEqual(before);
  });

  it("takes the last operation that is not undone, one after the other", async () => {
    const place = await createWorkplace(before);
    const first = await apply(place, change("a.txt", "one", "1"));
    const second = await apply(place, change("a.txt", "1", "11"));
    expect((await undoIn(place)).undone).toEqual([second]);
    expect((await undoIn(place)).undone).toEqual([first]);
    await expect(undoIn(place)).rejects.toThrow("There is no operation left to undo");
    await expect(undoIn(place, first)).rejects.toThrow(/undone already/);
    expect(await snapshot(place.root)).toEqual(before);
  });

  it("can itself be undone, and that again", async () => {
    const place = await createWorkplace(before);
    const first = await apply(place, change("a.txt", "one", "1"), change("n/new.txt", null, "new"), change("c.txt", "three", undefined));
    const after = await snapshot(place.root);
    const undone = await undoIn(place, first);
    const redone = await undoIn(place, undone.operation ?? "");
    expect(await snapshot(place.root)).toEqual(after);
    const { ledger } = await readDataset(place.env, place.root);
    expect(ledger.operations.map(({ state }) => state)).toEqual(["done", "undone", "done"]);
    await undoIn(place, redone.operation ?? "");
    expect(await snapshot(place.root)).toEqual(before);
    expect((await readDataset(place.env, place.root)).ledger.operations[0]?.state).toBe("undone");
  });

  it("takes back files outside of the dataset that this machine made, and only those", async () => {
    const place = await createWorkplace(before);
    const target = join(place.outside, "export/x.txt");
    const id = await apply(place, change(target, null, "made"));
    await expect(readFile(join(place.root, `.winnow/operations/${id}.jsonl`))).rejects.toThrow("ENOENT");
    await undoIn(place, id);
    expect(await snapshot(place.outside)).toEqual({});
  });

  it("does nothing to files outside that a foreign .winnow names", async () => {
    const place = await createWorkplace(before);
    await write(join(place.outside, "profile"), "mine");
    const id = await apply(place, change("a.txt", "one", "1"));
    const entry = { path: join(place.outside, "profile"), before: null, after: sha256("mine") };
    await writeFile(join(place.root, `.winnow/operations/${id}.jsonl`), `${JSON.stringify(entry)}\n`);
    await expect(undoIn(place, id)).rejects.toThrow(/leads out of the dataset/);
    await symlink(join(place.outside, "profile"), join(place.root, "innocent.txt"));
    await writeFile(join(place.root, `.winnow/operations/${id}.jsonl`), `${JSON.stringify({ ...entry, path: "innocent.txt" })}\n`);
    await expect(undoIn(place, id)).rejects.toThrow(/leads out of the dataset/);
    expect(await snapshot(place.outside)).toEqual({ profile: "mine" });
  });

  it("says so where the bytes before are no longer kept", async () => {
    const place = await createWorkplace(before);
    const id = await apply(place, change("a.txt", "one", "1"));
    await writeFile(join(place.root, ".winnow/blobs", sha256("one")), "something else");
    expect(await undoIn(place, id)).toMatchObject({
      operation: null,
      left: [{ path: "a.txt", reason: "its bytes before are no longer kept in .winnow" }],
    });
    expect(await readFile(join(place.root, "a.txt"), "utf8")).toBe("1");
  });
});

describe("the ledger", () => {
  it("survives a torn last line and goes on", async () => {
    const place = await createWorkplace(before);
    const id = await apply(place, change("a.txt", "one", "1"));
    const path = join(place.root, ".winnow/ledger.jsonl");
    await writeFile(path, `${await readFile(path, "utf8")}{"event":"begin","schema":1,"oper`);
    expect((await readDataset(place.env, place.root)).ledger).toMatchObject({
      damagedLines: 0,
      operations: [{ operation: id, state: "done" }],
    });
    await apply(place, change("a.txt", "1", "11"));
    const { ledger } = await readDataset(place.env, place.root);
    expect(ledger.operations.map(({ state }) => state)).toEqual(["done", "done"]);
    expect(ledger.damagedLines).toBe(0);
  });

  it("of a newer Winnow is read and not written", async () => {
    const place = await createWorkplace({
      ...before,
      ".winnow/ledger.jsonl": '{"event":"begin","schema":9,"operation":"20300101-000000-abcd"}\n',
    });
    await expect(apply(place, change("a.txt", "one", "1"))).rejects.toThrow(/newer Winnow/);
    expect((await readDataset(place.env, place.root)).state.readOnly).toMatch(/read-only/);
    expect(await snapshot(place.root)).toEqual(before);
  });

  it("with operations that undo each other in a ring is read", async () => {
    const [one, two] = ["20300101-000000-aaaa", "20300101-000000-bbbb"];
    const line = (operation: string, undoes: string): string =>
      `${JSON.stringify({ event: "begin", schema: 1, operation, undoes: [undoes] })}\n${JSON.stringify({ event: "done", operation })}\n`;
    const place = await createWorkplace({ ".winnow/ledger.jsonl": line(one, two) + line(two, one) });
    expect((await readDataset(place.env, place.root)).ledger.operations).toHaveLength(2);
  });
});
