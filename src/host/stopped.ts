/** A person stopped something: nothing is told of it. */
export class StoppedError extends Error {
  constructor() {
    super("It was stopped");
    this.name = "StoppedError";
  }
}

const names: ReadonlySet<string> = new Set(["StoppedError", "AbortError", "Canceled"]);

/** Whether something rejected because it was stopped, by us, by Node or by VS Code. */
export function isStopped(error: unknown): boolean {
  return error instanceof Error && names.has(error.name);
}
