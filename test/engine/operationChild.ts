import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { withDataset } from "../../src/engine/store/dataset.ts";
import { sha256 } from "../../src/engine/store/files.ts";
import { applyOperation } from "../../src/engine/store/operations.ts";
import { applyVerdicts } from "../../src/engine/write/verdicts.ts";
import { undo } from "../../src/engine/write/undo.ts";
import { envIn } from "../unit/engine/store/workplace.ts";

// A process of its own for tests of crashes and of two writers: `operationChild.ts <folder> crash <step>` applies one operation and kills itself at the step of that number;
// `… undo <step>` does so with an undo, `… recover <step>` while it opens the dataset, `… readonly` gives a verdict where the root can't be written, `… verdicts <name>` gives fifty verdicts one by one.
const [folder = "", action = "", argument = ""] = process.argv.slice(2);
const env = envIn(folder);
const root = join(folder, "dataset");

let step = 0;
function failpoint(): void {
  step += 1;
  if (step === Number(argument)) process.kill(process.pid, "SIGKILL");
}

async function change(): Promise<void> {
  await withDataset(
    env,
    root,
    (dataset) =>
      applyOperation(dataset, {
        kind: "caption",
        summary: "change",
        changes: [
          { path: "a.txt", before: sha256("one"), content: { kind: "bytes", bytes: "1" } },
          { path: "b/b.txt", before: sha256("two"), content: { kind: "bytes", bytes: "2" } },
          { path: "c.txt", before: sha256("three"), content: undefined },
          { path: "n/new.txt", before: null, content: { kind: "bytes", bytes: "new" } },
          { path: join(folder, "outside/export.txt"), before: null, content: { kind: "text", pieces: () => ["ex", "port"] } },
        ],
      }),
    { failpoint },
  );
}

async function giveVerdicts(): Promise<void> {
  for (let at = 0; at < 50; at += 1) {
    const row = { line: 1, sample: `${argument}-${at}`, captionIndex: "", verdict: "drop", reason: `${argument} says` };
    await withDataset(env, root, (dataset, state) => applyVerdicts(dataset, state, { rows: [row], captionsOf: () => [] }));
  }
}

switch (action) {
  case "crash":
    await change();
    break;
  case "undo":
    await withDataset(env, root, (dataset) => undo(dataset), { failpoint });
    break;
  case "recover":
    await withDataset(env, root, () => Promise.resolve(), { failpoint });
    break;
  case "readonly":
    await withDataset(env, root, (dataset, state) => {
      if (dataset.writable || state.selection.length !== 1) throw new Error("Expected the stand-in with the root's own selection");
      return applyVerdicts(dataset, state, {
        rows: [{ line: 1, sample: "b", captionIndex: "", verdict: "keep", reason: "" }],
        captionsOf: () => [],
      });
    });
    process.exit();
    break;
  case "verdicts":
    await giveVerdicts();
    break;
  default:
    throw new Error(`Expected an action but received ${action}`);
}
await writeFile(join(folder, `steps-${action}`), String(step));
