import { describe, expect, it } from "vitest";
import { createEmitter } from "../../../src/host/emitter.ts";

describe("an event", () => {
  it("reaches every listener, also after one that throws, and none that has left", () => {
    const errors: unknown[] = [];
    const heard: string[] = [];
    const emitter = createEmitter<string>((error) => errors.push(error));
    emitter.event(() => {
      throw new Error("no");
    });
    const first = emitter.event((value) => heard.push(`first ${value}`));
    const second = emitter.event((value) => {
      heard.push(`second ${value}`);
      second.dispose(); // leaving while it is told must not disturb the others
    });
    emitter.event((value) => heard.push(`third ${value}`));
    emitter.fire("a");
    emitter.fire("b");
    expect(heard).toEqual(["first a", "second a", "third a", "first b", "third b"]);
    expect(errors).toHaveLength(2);
    first.dispose();
    emitter.fire("c");
    expect(heard.slice(5)).toEqual(["third c"]);
  });
});
