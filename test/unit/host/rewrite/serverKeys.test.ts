import { describe, expect, it } from "vitest";
import { openServerKeys, originOf } from "../../../../src/host/rewrite/serverKeys.ts";

function openKeys() {
  const kept = new Map<string, string>();
  const keys = openServerKeys({
    get: (name) => Promise.resolve(kept.get(name)),
    store: (name, value) => Promise.resolve(void kept.set(name, value)),
    delete: (name) => Promise.resolve(void kept.delete(name)),
  });
  return { keys, kept };
}

describe("the keys of rewriting servers", () => {
  it("belong to a server, not to whatever address is set", async () => {
    const { keys } = openKeys();
    await keys.keep("https://models.example.org/v1", "secret");
    expect(await keys.find("https://models.example.org/v1/chat/completions")).toBe("secret");
    for (const other of [
      "http://models.example.org/v1",
      "https://models.example.org:444/v1",
      "https://models.example.org.evil.example/v1",
      "nowhere",
      "",
    ])
      expect(await keys.find(other)).toBeUndefined();
    await keys.forget("https://models.example.org");
    expect(await keys.find("https://models.example.org/v1")).toBeUndefined();
  });

  it("tell a server from what is no web address", () => {
    expect(originOf("http://localhost:11434/v1")).toBe("http://localhost:11434");
    for (const none of ["localhost:11434", "file:///etc/passwd", "not an address"]) expect(originOf(none)).toBeUndefined();
  });

  it("go along with what is a server that has one, and with nothing else", async () => {
    const { keys } = openKeys();
    await keys.keep("https://models.example.org/v1", "secret");
    const source = { kind: "openAi", url: "https://models.example.org/v1", model: "tiny" } as const;
    expect(await keys.withKey(source)).toEqual({ ...source, key: "secret" });
    for (const other of [{ ...source, url: "https://evil.example/v1" }, { kind: "host", model: "m" } as const, { kind: "none" } as const])
      expect(await keys.withKey(other)).toEqual(other);
  });
});
