import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { piecesOfReplaced } from "../../src/engine/store/replacedFile.ts";
import { planParquet } from "../../src/engine/write/parquetCaptions.ts";
import { findPython, runPython } from "../python.ts";
import { createWorkplace } from "../unit/engine/store/workplace.ts";

const script = fileURLToPath(new URL("editedParquet.py", import.meta.url));

describe.skipIf(findPython() === undefined)("a Parquet table of pyarrow's whose captions were changed", () => {
  it("is read by pyarrow with the new captions, and with all else as it was, in every way that pyarrow writes", async () => {
    const { env, root, outside } = await createWorkplace();
    await mkdir(outside);
    runPython(script, ["write", root]);
    const at = (column: string, row: number, position = 0) => ({ kind: "tableCell", row, column, position }) as const;
    const changes = [
      { place: at("text", 5), before: "a cat number 5 – café xxxxx", after: "ein 🐈" },
      { place: at("text", 2999), before: `a cat number 2999 – café ${"x".repeat(49)}`, after: "" },
      { place: at("captions", 802, 1), before: "second 802", after: "zweiter" },
      { place: at("captions", 802), before: "first 802", after: "another", adds: true },
    ];
    const names = await readdir(root);
    for (const name of names) {
      const { replacements, outcomes } = await planParquet(env, { file: join(root, name), changes });
      expect(outcomes.map(({ kind }) => kind)).toEqual(changes.map(() => "caption"));
      const pieces: Uint8Array[] = [];
      for await (const piece of piecesOfReplaced(env, join(root, name), replacements)) pieces.push(piece);
      await writeFile(join(outside, name), Buffer.concat(pieces));
    }
    const found = JSON.parse(runPython(script, ["compare", root, outside])) as Record<string, Record<string, unknown>>;
    expect(Object.keys(found)).toHaveLength(7);
    for (const changed of Object.values(found)) {
      const { text, captions, ...others } = changed;
      expect(text).toEqual([
        [5, "ein 🐈"],
        [2999, ""],
      ]);
      expect(captions).toEqual([[802, ["first 802", "zweiter", "another"]]]);
      expect(Object.values(others).flat()).toEqual([]);
    }
  });
});
