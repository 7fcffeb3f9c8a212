import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { findAllBreaches, findBreaches } from "./layers.ts";

/** Each breaks one rule. They stay here: a rule that has not been seen to fire is not a rule. */
const planted: readonly (readonly [file: string, text: string])[] = [
  ["src/core/a.ts", `import { readFile } from "node:fs/promises";`],
  ["src/core/a.ts", `import sharp from "sharp";`],
  ["src/core/a.ts", `import type { Env } from "../engine/env.ts";`],
  ["src/core/a.ts", `export const now = Date.now();`],
  ["src/core/a.ts", `export const now = new Date();`],
  ["src/core/a.ts", `export const draw = () => Math.random();`],
  ["src/core/a.ts", `console.log("no");`],
  ["src/core/a.ts", `export const get = fetch;`],
  ["src/core/a.ts", `export const home = process.env.HOME;`],
  ["src/core/a.ts", `export const load = (name: string) => import(name);`],
  ["src/core/a.ts", `export type V = import("vscode").Uri;`],
  ["src/protocol/a.ts", `import { stages } from "../core/stages.ts";`],
  ["src/protocol/a.ts", `import { z } from "zod";`],
  ["src/engine/a.ts", `import * as vscode from "vscode";`],
  ["src/engine/a.ts", `import { run } from "../cli/main.ts";`],
  ["src/engine/a.ts", `export { run } from "../cli/main.ts";`],
  ["src/engine/a.ts", `const vscode = require("vscode");`],
  ["src/engine/score/a.ts", `import { createSession } from "../encode/session.ts";`],
  ["src/engine/score/a.ts", `import { runPipeline } from "../pipeline.ts";`],
  ["src/engine/rewrite/a.ts", `import { applyBatch } from "../write/captionBatch.ts";`],
  ["src/engine/rewrite/a.ts", `import { sessions } from "../requests/sessions.ts";`],
  ["src/engine/encode/a.ts", `import * as ort from "onnxruntime-node";`],
  ["src/engine/rewrite/queue.ts", `import { AutoTokenizer } from "@huggingface/transformers";`],
  ["src/cli/a.ts", `import { activate } from "../host/extension.ts";`],
  ["src/host/a.ts", `import { openDataset } from "../engine/engine.ts";`],
  ["src/host/a.ts", `import { draw } from "../../webview/main.ts";`],
  ["webview/a.ts", `import { readFile } from "node:fs";`],
  ["webview/a.ts", `import { x } from "../src/engine/engine.ts";`],
  ["webview/views/a.ts", `import { Button } from "@vscode/webview-ui-toolkit";`],
];

const legal: readonly (readonly [file: string, text: string])[] = [
  ["src/core/signals/a.ts", `import type { Matrix } from "../matrix.ts"; export const timed = { process: 1, fetch: 2 };`],
  ["src/protocol/a.ts", `import type { Stage } from "../core/stages.ts";`],
  [
    "src/engine/score/a.ts",
    `import { readBytes } from "../store/files.ts"; import type { Env } from "../env.ts"; import { stages } from "../../core/stages.ts";`,
  ],
  ["src/engine/pipeline.ts", `import { score } from "./score/score.ts";`],
  ["src/engine/encode/session.ts", `import * as ort from "onnxruntime-node";`],
  ["src/engine/rewrite/captionModel.ts", `import { AutoTokenizer } from "@huggingface/transformers";`],
  ["src/host/a.ts", `import * as vscode from "vscode"; import { open } from "../protocol/engineApi.ts";`],
];

describe("the layers", () => {
  it.each(planted)("sees the breach planted in %s: %s", (file, text) => {
    expect(findBreaches(file, text)).not.toEqual([]);
  });

  it.each(legal)("lets through what is allowed in %s: %s", (file, text) => {
    expect(findBreaches(file, text)).toEqual([]);
  });

  it("hold in every source of this checkout", async () => {
    expect(await findAllBreaches(fileURLToPath(new URL("../..", import.meta.url)))).toEqual([]);
  });
});
