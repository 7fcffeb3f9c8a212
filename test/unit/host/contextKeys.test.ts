import { describe, expect, it } from "vitest";
import { contextOf, createContextWriter } from "../../../src/host/contextKeys.ts";
import { analysedEntry, newEntry } from "./entries.ts";

describe("the context keys", () => {
  it("say what there is to show in the side bar", () => {
    const idle = { isSearching: false, isListed: false };
    expect(contextOf([], { isSearching: true, isListed: false })["winnow:datasets"]).toBe("searching");
    expect(contextOf([], idle)["winnow:datasets"]).toBe("none");
    expect(contextOf([newEntry()], idle)["winnow:datasets"]).toBe("found");
    expect(contextOf([newEntry()], { ...idle, isListed: true })["winnow:datasets"]).toBe("listed");
  });

  it("say that nothing is analysed only when that is known", () => {
    expect(contextOf([], { isSearching: true, isListed: false })["winnow:nothingAnalysed"]).toBe(false);
    expect(contextOf([newEntry()], { isSearching: false, isListed: false })["winnow:nothingAnalysed"]).toBe(true);
    expect(contextOf([analysedEntry()], { isSearching: false, isListed: true })).toMatchObject({
      "winnow:nothingAnalysed": false,
      "winnow:undoable": true,
      "winnow:running": false,
    });
    expect(
      contextOf([{ ...newEntry(), run: { progress: [], etaSeconds: null } }], { isSearching: false, isListed: true })["winnow:running"],
    ).toBe(true);
  });

  it("are written only when they change", () => {
    const written: string[] = [];
    const write = createContextWriter((key, value) => written.push(`${key}=${String(value)}`));
    const keys = contextOf([], { isSearching: false, isListed: false });
    write(keys);
    write(keys);
    write({ ...keys, "winnow:running": true });
    expect(written).toEqual([
      "winnow:datasets=none",
      "winnow:nothingAnalysed=true",
      "winnow:running=false",
      "winnow:undoable=false",
      "winnow:running=true",
    ]);
  });
});
