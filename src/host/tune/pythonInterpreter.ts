import * as vscode from "vscode";

/** What we ask of the Python extension's interface for other extensions (`environments`, since 2023). */
interface PythonApi {
  readonly environments: {
    readonly getActiveEnvironmentPath: (resource: vscode.Uri) => unknown;
    readonly resolveEnvironment: (environment: unknown) => Promise<unknown>;
  };
}

/** The interpreter that is chosen in the Python extension for a folder (absolute); undefined without that extension, or where it has none. */
export async function findInterpreter(folder: string): Promise<string | undefined> {
  try {
    const api: unknown = await vscode.extensions.getExtension("ms-python.python")?.activate();
    if (!isPythonApi(api)) return undefined;
    const { environments } = api;
    const chosen = environments.getActiveEnvironmentPath(vscode.Uri.file(folder));
    const path = valueAt(await environments.resolveEnvironment(chosen), "executable", "uri", "fsPath");
    return typeof path === "string" ? path : undefined;
  } catch {
    return undefined; // another extension's failure is not ours to tell: the usual interpreter is offered
  }
}

function isPythonApi(api: unknown): api is PythonApi {
  return ["getActiveEnvironmentPath", "resolveEnvironment"].every((name) => typeof valueAt(api, "environments", name) === "function");
}

function valueAt(value: unknown, ...names: readonly string[]): unknown {
  return names.reduce<unknown>(
    (inner, name) => (typeof inner === "object" && inner !== null ? Reflect.get(inner, name) : undefined),
    value,
  );
}
