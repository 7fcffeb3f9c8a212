import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import type { EditContext } from "../../../../src/core/captions/operations/operation.ts";
import { EditError, openEditThread, type EditThread } from "../../../../src/engine/requests/editThread.ts";
import { envIn } from "../store/workplace.ts";

const context: EditContext = { sample: "a.jpg", folder: "", fileName: "a", isDeclaredTags: false, columns: {} };

async function open(find: string, taskMs: number): Promise<EditThread> {
  const folder = await mkdtemp(join(tmpdir(), "winnow-thread-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const given = { operation: "replace", options: { find, with: "b", regex: true }, encoder: null };
  const thread = await openEditThread(envIn(folder), given, { taskMs });
  onTestFinished(() => thread.close());
  return thread;
}

it("changes captions by the operation that it was opened with", async () => {
  const thread = await open("a+", 60_000);
  expect(thread).toMatchObject({ tokenLimit: null, surveys: false });
  const edited = await thread.run({ kind: "edit", captions: [{ text: "caat", context }] });
  expect(edited).toEqual([{ text: "cbt", tokensBefore: null, tokensAfter: null }]);
});

it("refuses a pattern that would take for ever, in a sentence, and ends", async () => {
  const thread = await open("^(a+)+$", 300);
  const endless = thread.run({ kind: "edit", captions: [{ text: `${"a".repeat(80)}!`, context }] });
  await expect(endless).rejects.toThrow(EditError);
  await expect(endless).rejects.toThrow("replace took more than 0.3 s for 1 captions, and nothing was changed: a pattern that can match");
});

it("refuses a pattern that is none", async () => {
  await expect(open("(", 60_000)).rejects.toThrow("Expected a regular expression for find but /(/giu: Unterminated group");
});
