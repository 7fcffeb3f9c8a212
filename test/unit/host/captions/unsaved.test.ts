import { describe, expect, it } from "vitest";
import { findConcerned, type StoreRequest, UnsavedError } from "../../../../src/host/captions/unsaved.ts";

const unsaved = ["/data/a.txt", "/data/b.txt", "/elsewhere/c.txt"].map((path) => ({ path, real: path }));
const store = {
  call: () => Promise.resolve({ captions: [{ captionIndex: 1, file: "/data/link.txt" }] }),
} as unknown as Parameters<typeof findConcerned>[2]["store"];
const realOf = (path: string): Promise<string> => Promise.resolve(path === "/data/link.txt" ? "/data/b.txt" : path);
const find = async (request: StoreRequest, documents = unsaved): Promise<string[]> =>
  (await findConcerned(request, documents, { store, realOf })).map(({ path }) => path);

describe("unsaved documents that a request would write", () => {
  it("are the caption's file for one caption, also behind a link", async () => {
    const params = { root: "/data", sample: "s", captionIndex: 1, before: "", after: "" };
    expect(await find({ method: "editCaption", params })).toEqual(["/data/b.txt"]);
    expect(await find({ method: "editCaption", params }, [{ path: "/data/link.txt", real: "/x" }])).toEqual(["/data/link.txt"]);
    expect(await find({ method: "editCaption", params: { ...params, captionIndex: 0 } })).toEqual([]);
  });

  it("are all of the dataset's for an operation or an undo, also those that are opened by a link to them", async () => {
    expect(await find({ method: "undo", params: { root: "/data", cascade: false } })).toEqual(["/data/a.txt", "/data/b.txt"]);
    const accepted: StoreRequest = {
      method: "acceptRewrites",
      params: { root: "/data", choice: { kind: "ids", ids: ["r1"] }, strategy: "replace" },
    };
    expect(await find(accepted)).toEqual(["/data/a.txt", "/data/b.txt"]);
    const linked = [{ path: "/elsewhere/l.txt", real: "/data/a.txt" }];
    expect(await find({ method: "undo", params: { root: "/data", cascade: false } }, linked)).toEqual(["/elsewhere/l.txt"]);
  });

  it("are none for what writes no captions", async () => {
    expect(await find({ method: "saveViews", params: { root: "/data", views: [] } })).toEqual([]);
  });

  it("are named where they stay unsaved", () => {
    expect(new UnsavedError(["/data/a.txt"]).message).toBe("a.txt has unsaved changes: save first, then try again");
    expect(new UnsavedError(["/data/a.txt", "/b", "/c"]).message).toMatch(/^a\.txt and 2 more have unsaved changes/);
  });
});
