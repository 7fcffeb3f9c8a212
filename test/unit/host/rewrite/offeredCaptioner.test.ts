import { homedir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { findOfferedCaptioner } from "../../../../src/host/rewrite/offeredCaptioner.ts";
import type { CaptionerReport } from "../../../../src/protocol/rewrites.ts";

/** A store that describes every folder alike. */
function storeOf(changes: Partial<CaptionerReport>) {
  const call = (_: string, { folder }: { folder: string }): Promise<CaptionerReport> =>
    Promise.resolve({ folder, name: "tiny", author: "tiny@1", takesPrompts: true, sizeBytes: 2_500_000, problem: null, ...changes });
  return { call: call as never };
}

describe("the captioner that a setting names", () => {
  it("is none where the setting is empty", async () => {
    expect(await findOfferedCaptioner(storeOf({}), "", "/photos")).toBeUndefined();
  });

  it("is offered by its name with its size and what it can do", async () => {
    expect(await findOfferedCaptioner(storeOf({}), "models/tiny", "/photos")).toEqual({
      label: "tiny",
      detail: "Runs on this machine, 2.5 MB, takes every preset",
      source: { kind: "local", folder: join("/photos", "models/tiny") },
    });
    expect(await findOfferedCaptioner(storeOf({ takesPrompts: false }), "~/tiny", undefined)).toMatchObject({
      detail: "Runs on this machine, 2.5 MB, describes pictures alone (preset describePicture)",
      source: { folder: join(homedir(), "tiny") },
    });
  });

  it("is told with what is wrong, and can't be chosen, where it can't be run", async () => {
    const problem = "/tiny can't be used as a captioner: config.json is missing";
    const offered = await findOfferedCaptioner(storeOf({ author: null, problem }), "/tiny", undefined);
    expect(offered).toEqual({ label: "tiny", detail: problem, source: undefined });
    expect(await findOfferedCaptioner(storeOf({}), "tiny", undefined)).toMatchObject({ label: "tiny", source: undefined });
  });
});
