import { describe, expect, it } from "vitest";
import { createDisposableStore } from "../../../src/host/disposables.ts";

const tracked = (name: string, gone: string[]) => ({ dispose: () => gone.push(name) });

describe("a store of disposables", () => {
  it("disposes the last first, and once", () => {
    const gone: string[] = [];
    const store = createDisposableStore();
    store.add(tracked("a", gone));
    store.add(tracked("b", gone));
    store.dispose();
    store.dispose();
    expect(gone).toEqual(["b", "a"]);
  });

  it("disposes at once what comes too late", () => {
    const gone: string[] = [];
    const store = createDisposableStore();
    store.dispose();
    store.add(tracked("late", gone));
    expect(gone).toEqual(["late"]);
  });
});
