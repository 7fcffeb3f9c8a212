// Runs in the extension host of a real VS Code, with the shapes of `@vscode/python-extension` 1.0.5. The interpreter that is chosen stands in `interpreter.txt` beside Winnow's data folder,
// and what it was asked for comes into `interpreter.jsonl`.
const { appendFileSync, existsSync, readFileSync } = require("node:fs");
const { dirname, join } = require("node:path");
const vscode = require("vscode");

const folder = dirname(process.env.WINNOW_DATA);

function tell(asked, about) {
  appendFileSync(join(folder, "interpreter.jsonl"), `${JSON.stringify({ asked, about: about ?? null })}\n`);
}

function chosenPath() {
  const file = join(folder, "interpreter.txt");
  return existsSync(file) ? readFileSync(file, "utf8").trim() : "python";
}

exports.activate = () => {
  const changed = new vscode.EventEmitter();
  return {
    ready: Promise.resolve(),
    environments: {
      known: [],
      onDidChangeEnvironments: changed.event,
      onDidChangeActiveEnvironmentPath: changed.event,
      refreshEnvironments: () => Promise.resolve(),
      updateActiveEnvironmentPath: () => Promise.resolve(),
      getEnvironmentVariables: () => ({}),
      getActiveEnvironmentPath: (resource) => {
        tell("getActiveEnvironmentPath", resource?.fsPath ?? resource?.uri?.fsPath);
        return { id: chosenPath(), path: chosenPath() };
      },
      resolveEnvironment: (environment) => {
        const { id } = typeof environment === "string" ? { id: environment } : environment;
        tell("resolveEnvironment", id);
        if (id !== chosenPath() || !existsSync(id)) return Promise.resolve(undefined);
        return Promise.resolve({
          ...{ id, path: id, tools: ["Venv"] },
          executable: { uri: vscode.Uri.file(id), bitness: "64-bit", sysPrefix: dirname(dirname(id)) },
          environment: { type: "VirtualEnvironment", name: ".venv", folderUri: vscode.Uri.file(dirname(dirname(id))) },
          version: { major: 3, minor: 11, micro: 0, release: { level: "final", serial: 0 }, sysVersion: "3.11.0" },
        });
      },
    },
  };
};
