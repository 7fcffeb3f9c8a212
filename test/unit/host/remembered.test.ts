import { describe, expect, it } from "vitest";
import { openRememberedRoots } from "../../../src/host/remembered.ts";
import { createMemory } from "./memory.ts";

describe("remembered roots", () => {
  it("are added and hidden, the last word holds", async () => {
    const memory = createMemory();
    const roots = openRememberedRoots(memory);
    await roots.add("/a");
    await roots.add("/b");
    await roots.add("/a");
    expect(roots.added).toEqual(["/a", "/b"]);
    await roots.hide("/a");
    expect([roots.added, roots.hidden]).toEqual([["/b"], ["/a"]]);
    await roots.add("/a");
    expect([roots.added, roots.hidden]).toEqual([["/b", "/a"], []]);
    expect(openRememberedRoots(memory).added).toEqual(["/b", "/a"]);
  });

  it("don't mind what else was kept", () => {
    expect(openRememberedRoots(createMemory({ "winnow.added": "x", "winnow.hidden": [1, "/a"] }))).toMatchObject({
      added: [],
      hidden: ["/a"],
    });
  });
});
