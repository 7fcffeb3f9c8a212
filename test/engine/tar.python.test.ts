import { mkdir, readdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { piecesOfReplaced } from "../../src/engine/store/replacedFile.ts";
import { walkTar } from "../../src/engine/store/tarIndex.ts";
import { planTar } from "../../src/engine/write/tarCaptions.ts";
import { findPython, runPython } from "../python.ts";
import { createWorkplace } from "../unit/engine/store/workplace.ts";

const script = fileURLToPath(new URL("editedTar.py", import.meta.url));
const long = "a caption of more than a block, ".repeat(40);

describe.skipIf(findPython() === undefined)("a shard whose captions were changed in place", () => {
  it("is read by webdataset and tarfile with the new captions, and with all else as it was, in every way that they write", async () => {
    const { env, root, outside } = await createWorkplace();
    await mkdir(outside);
    runPython(script, ["write", root]);
    const names = await readdir(root);
    const wanted: Record<string, string[][]> = {};
    for (const name of names) {
      const file = join(root, name);
      const texts: string[] = [];
      const source = { path: file, sizeBytes: (await stat(file)).size, wantsBody: () => false };
      for await (const part of walkTar(env, source))
        if (part.kind === "member" && /00(?:09|20)\.(?:txt|json)$/.test(part.name)) texts.push(part.name);
      expect(texts).toHaveLength(4);
      const changes = texts.map((member) => {
        const number = Number(/(\d+)\.\w+$/.exec(member)![1]);
        const isJson = member.endsWith(".json");
        const place = isJson
          ? ({ kind: "json", paths: [["caption"]], reading: "trimmed" } as const)
          : ({ kind: "plain", part: { kind: "body" } } as const);
        const change = { before: isJson ? `other ${number}` : `a cat number ${number}`, after: number === 9 ? "ein 🐈" : long.trim() };
        return { place: { kind: "member", member, place } as const, ...change };
      });
      const { replacements, outcomes } = await planTar(env, { file, changes });
      expect(outcomes.map(({ kind }) => kind)).toEqual(changes.map(() => "written"));
      const pieces: Uint8Array[] = [];
      for await (const piece of piecesOfReplaced(env, file, replacements)) pieces.push(piece);
      await writeFile(join(outside, name), Buffer.concat(pieces));
      wanted[name.slice(0, -".tar".length)] = changes.map(({ place, after }) => {
        const number = Number(/(\d+)\.\w+$/.exec(place.member)![1]);
        return [place.member, place.member.endsWith(".json") ? `{"caption": ${asciiJson(after)}, "n": ${number}}` : `${after}\n`];
      });
    }
    expect(names).toHaveLength(4);
    expect(JSON.parse(runPython(script, ["compare", root, outside]))).toEqual(wanted);
  });
});

/** As Python's `json.dumps` writes it, which the members that have nothing else than ASCII keep to. */
function asciiJson(text: string): string {
  return JSON.stringify(text).replaceAll(/[\u007f-\uffff]/g, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
