import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** What a real VS Code is run with: Node 24, code-server's program, and a browser. */
export interface Editor {
  readonly node: string;
  readonly codeServer: string;
  readonly chromium: string;
}

const version = "4.139.1";
const folder = process.env["WINNOW_VSCODE_FOLDER"] ?? fileURLToPath(new URL("../../.vscode-test", import.meta.url));
const nodePackage = `node-${process.platform}-${process.arch}`;
const installed = {
  node: join(folder, "node_modules", nodePackage, "bin/node"),
  codeServer: join(folder, "node_modules/code-server/out/node/entry.js"),
};
/** Written last, so that an install that was stopped half-way is made again. */
const stamp = join(folder, "installed.txt");

const browsers = [
  process.env["WINNOW_CHROMIUM"],
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/** The editor that is here; a sentence where something of it is missing. */
export function findEditor(): Editor | string {
  const chromium = browsers.find((path) => path !== undefined && existsSync(path));
  if (chromium === undefined) return "no Chromium was found: install it, or name it in WINNOW_CHROMIUM";
  if (!isInstalled()) return `code-server ${version} is not installed in ${folder}: run "node test/vscode/install.ts"`;
  return { ...installed, chromium };
}

function isInstalled(): boolean {
  return existsSync(stamp) && readFileSync(stamp, "utf8") === version;
}

/**
 * Installs code-server, which is VS Code whole, from the npm registry; some four minutes. Its native modules are built for Node 24, which the
 * registry has too, with its headers; building them needs a C++ compiler and Kerberos' headers (Debian's `libkrb5-dev`).
 */
function install(): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), `${JSON.stringify({ private: true })}\n`);
  npm(folder, ["install", "--no-audit", "--no-fund", "--loglevel=error", `${nodePackage}@24`, `code-server@${version}`]);
  for (const part of ["", "lib/vscode"]) npm(join(folder, "node_modules/code-server", part), ["rebuild", "--loglevel=error"]);
  writeFileSync(stamp, version);
}

function npm(cwd: string, args: readonly string[]): void {
  const { status } = spawnSync("npm", args, {
    cwd,
    stdio: ["ignore", "inherit", "inherit"],
    env: {
      ...process.env,
      PATH: [dirname(installed.node), dirname(process.execPath), process.env["PATH"]].join(delimiter),
      npm_config_dangerously_allow_all_scripts: "true",
      npm_config_nodedir: join(folder, "node_modules", nodePackage),
    },
  });
  if (status !== 0) throw new Error(`npm ${args.join(" ")} in ${cwd} ended with ${String(status)}`);
}

if (import.meta.main) {
  if (!isInstalled()) install();
  const editor = findEditor();
  console.log(typeof editor === "string" ? editor : `VS Code: ${editor.codeServer}\nBrowser: ${editor.chromium}`);
  process.exitCode = typeof editor === "string" ? 1 : 0;
}
