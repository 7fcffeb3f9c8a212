import { rmSync } from "node:fs";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { checkout } from "../engine/winnow.ts";
import { installExtension } from "./codeServer.ts";
import { installOnDesktop } from "./desktop.ts";
import { findEditor } from "./install.ts";
import { packExtension } from "./packExtension.ts";

const isDesktop = process.env["WINNOW_VSCODE"] === "electron";

declare module "vitest" {
  interface ProvidedContext {
    /** Why the suites of the editor can't run here; empty where they can. */
    readonly editorMissing: string;
    /** Where the packed extension is installed. */
    readonly extensionsFolder: string;
  }
}

/** Packs the extension and installs it once for all suites. In CI a missing editor is a failure, elsewhere its suites are skipped. */
export async function setup({ provide }: TestProject): Promise<void> {
  const extensionsFolder = join(checkout, "out/vscode/extensions");
  const missing = findMissing();
  provide("editorMissing", missing);
  provide("extensionsFolder", extensionsFolder);
  if (missing !== "") {
    if (process.env["WINNOW_REQUIRE_VSCODE"] === "1") throw new Error(missing);
    console.log(`The suites in a real VS Code are skipped: ${missing}`);
    return;
  }
  rmSync(extensionsFolder, { recursive: true, force: true });
  if (isDesktop) await installOnDesktop(packExtension(), extensionsFolder);
  else installExtension(packExtension(), extensionsFolder);
}

function findMissing(): string {
  if (isDesktop) return "";
  const editor = findEditor();
  return typeof editor === "string" ? editor : "";
}
