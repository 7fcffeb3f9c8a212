import { spawn } from "node:child_process";
import { chmod, mkdir, readdir, readFile, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { readDataset, withDataset } from "../../src/engine/store/dataset.ts";
import { undo } from "../../src/engine/write/undo.ts";
import { createWorkplace, snapshot, type Workplace } from "../unit/engine/store/workplace.ts";

const child = fileURLToPath(new URL("operationChild.ts", import.meta.url));
const before = { "a.txt": "one", "b/b.txt": "two", "c.txt": "three" };
const after = { "a.txt": "1", "b/b.txt": "2", "n/new.txt": "new" };

/** Runs the child to its end; true where it was killed. The lock that a kill leaves is made old, so that nobody waits the ten seconds for it. */
async function runChild({ root }: Workplace, action: string, argument: string, uid?: number): Promise<boolean> {
  const running = spawn(process.execPath, [child, dirname(root), action, argument], {
    stdio: ["ignore", "ignore", "inherit"],
    ...(uid === undefined ? {} : { uid }),
  });
  const killed = await new Promise<boolean>((resolve, reject) => {
    running.on("exit", (code, signal) =>
      signal === "SIGKILL" ? resolve(true) : code === 0 ? resolve(false) : reject(new Error(`The child ended with ${String(code)}`)),
    );
  });
  const longAgo = new Date(Date.now() - 60_000);
  if (killed) await utimes(join(root, ".winnow/lock"), longAgo, longAgo).catch(() => undefined);
  return killed;
}

async function everything({ root, outside }: Workplace): Promise<Record<string, string>> {
  const exported = await snapshot(outside);
  return { ...(await snapshot(root)), ...Object.fromEntries(Object.entries(exported).map(([path, text]) => [`outside/${path}`, text])) };
}

/** Opens the dataset, and checks that it stands wholly before or after the operation with nothing half-made about. */
async function expectWhole(place: Workplace): Promise<"before" | "after"> {
  await withDataset(place.env, place.root, () => Promise.resolve());
  const files = await everything(place);
  const { ledger } = await readDataset(place.env, place.root);
  expect(ledger.operations.filter(({ state }) => state === "open")).toEqual([]);
  const plans = await readdir(join(place.env.dataFolder, "datasets"), { recursive: true }).catch(() => []);
  expect(plans.filter((name) => name.endsWith(".plan.jsonl"))).toEqual([]);
  const blobs = await readdir(join(place.root, ".winnow/blobs")).catch(() => []);
  expect(blobs.filter((name) => !/^[0-9a-f]{64}$/.test(name))).toEqual([]);
  if ("c.txt" in files) expect(files).toEqual(before);
  else expect(files).toEqual({ ...after, "outside/export.txt": "export" });
  return "c.txt" in files ? "before" : "after";
}

describe("a process that is killed in the middle of an operation", () => {
  it("leaves the dataset before or after it, at every step, and the operation can be undone", async () => {
    const outcomes: string[] = [];
    for (let step = 1; ; step += 1) {
      const place = await createWorkplace(before);
      const killed = await runChild(place, "crash", String(step));
      const state = await expectWhole(place);
      outcomes.push(state);
      if (state === "after") await withDataset(place.env, place.root, (dataset) => undo(dataset));
      expect(await everything(place)).toEqual(before);
      if (!killed) break;
    }
    expect(outcomes.length).toBeGreaterThan(12);
    expect(outcomes).toEqual([...outcomes].sort().reverse());
  });

  it("leaves it whole when it is killed at every step of an undo", async () => {
    for (let step = 1; ; step += 1) {
      const place = await createWorkplace(before);
      await runChild(place, "crash", "0");
      const killed = await runChild(place, "undo", String(step));
      await expectWhole(place);
      if (!killed) break;
    }
  });

  it("may be killed again and again while it recovers", async () => {
    for (const broken of [false, true]) {
      const place = await createWorkplace(before);
      let killed = 0;
      await runChild(place, "crash", "9");
      // A file that something else changed meanwhile: the operation can't be completed and is taken back.
      if (broken) await writeFile(join(place.root, "b/b.txt"), "by hand");
      while (await runChild(place, "recover", String(killed + 1))) killed += 1;
      expect(killed).toBeGreaterThan(1);
      const files = await everything(place);
      if (broken) expect(files).toEqual({ ...before, "b/b.txt": "by hand" });
      else expect(files).toEqual({ ...after, "outside/export.txt": "export" });
    }
  });
});

describe("two processes on one dataset", () => {
  it("lose nothing of each other's verdicts", async () => {
    const place = await createWorkplace(before);
    await Promise.all([runChild(place, "verdicts", "first"), runChild(place, "verdicts", "second")]);
    const { state, ledger } = await readDataset(place.env, place.root);
    expect(ledger.operations).toHaveLength(100);
    expect(ledger.operations.every((operation) => operation.state === "done")).toBe(true);
    expect(state.selection).toHaveLength(100);
    const text = await readFile(join(place.root, ".winnow/selection.csv"), "utf8");
    expect(text.split("\n")[1]).toBe("first-0,,,drop,person,first says");
  });
});

describe("a dataset whose root can't be written", () => {
  // Root may write everywhere, so the child becomes nobody; another user's own rights are taken away as they are.
  it("keeps its state in the data folder and still reads the root's own", async () => {
    const place = await createWorkplace({
      ".winnow/selection.csv": "sample,captionIndex,captionHash,verdict,actor,reason\na,,,drop,person,bad\n",
    });
    await mkdir(place.env.dataFolder);
    await chmod(dirname(place.root), 0o755);
    await chmod(place.env.dataFolder, 0o777);
    for (const folder of [join(place.root, ".winnow"), place.root]) await chmod(folder, 0o555);
    await runChild(place, "readonly", "", process.getuid?.() === 0 ? 65534 : undefined);
    const [name = ""] = await readdir(join(place.env.dataFolder, "datasets"));
    expect(await readFile(join(place.env.dataFolder, "datasets", name, "selection.csv"), "utf8")).toContain(
      "a,,,drop,person,bad\nb,,,keep,person,\n",
    );
    for (const folder of [place.root, join(place.root, ".winnow")]) await chmod(folder, 0o755);
  });
});
