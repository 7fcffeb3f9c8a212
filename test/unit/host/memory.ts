import type { Memory } from "../../../src/host/remembered.ts";

/** What VS Code keeps for a workspace, as an object. */
export function createMemory(values: Record<string, unknown> = {}): Memory {
  return {
    get: <Value>(key: string, otherwise: Value) => (values[key] as Value | undefined) ?? otherwise,
    update: (key, value) => {
      values[key] = value;
      return Promise.resolve();
    },
  };
}
