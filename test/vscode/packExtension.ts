import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { checkout } from "../engine/winnow.ts";

/** Packs an extension that stands in for others: `tester` for language models and who uses tools, `pythonStandIn` for the Python extension. Gives its file. */
export function packStandIn(name: "tester" | "pythonStandIn"): string {
  const file = join(checkout, `out/vscode/${name}.vsix`);
  const vsce = join(checkout, "node_modules/@vscode/vsce/vsce");
  const args = [vsce, "package", "--out", file, "--no-dependencies", "--allow-missing-repository", "--skip-license"];
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: join(checkout, "test/vscode", name), encoding: "utf8" });
  if (status !== 0) throw new Error(`${name} can't be packed: ${stderr}`);
  return file;
}

/** Packs the extension and gives its file; `WINNOW_VSIX` names a packed one, for a suite that is tried again and again. */
export function packExtension(): string {
  const given = process.env["WINNOW_VSIX"];
  if (given !== undefined && existsSync(given)) return given;
  const { status, stderr } = spawnSync(process.execPath, [join(checkout, "src/build/package.ts")], { encoding: "utf8" });
  if (status !== 0) throw new Error(`The extension can't be packed: ${stderr}`);
  return join(checkout, "out/package", `${process.platform}-${process.arch}`, "winnow.vsix");
}
