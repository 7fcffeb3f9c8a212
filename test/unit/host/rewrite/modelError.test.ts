import { describe, expect, it } from "vitest";
import { modelErrorOf } from "../../../../src/host/rewrite/modelError.ts";

/** An error as VS Code throws it: its class is named by `code`. */
const errorOf = (code: string, message = "", cause?: Error): Error =>
  Object.assign(new Error(message, { cause }), { name: "LanguageModelError", code });

describe("why a model of the editor's gave no answer", () => {
  it.each([
    ["NoPermissions", "Winnow is not allowed to use Tiny: start again and allow it, or choose another model"],
    ["NotFound", "Tiny is not in VS Code any more: choose another model"],
    ["Blocked", "Tiny takes no more requests now (Come back tomorrow): go on later, or choose another model; the answers so far are kept"],
  ])("is one clear sentence for %s, and ends the job", (code, sentence) => {
    const error = modelErrorOf(errorOf(code, "Come back tomorrow.\nstack"), "Tiny");
    expect(error).toMatchObject({ name: "ModelRefusedError", message: sentence });
  });

  it("ends the job on a quota, however it is told", () => {
    expect(modelErrorOf(new Error("You have exceeded your premium quota"), "Tiny")).toMatchObject({ name: "ModelRefusedError" });
  });

  it("is counted for what concerns one prompt, so that equal reasons are one", () => {
    const offTopic = errorOf("", "Chat failed", new Error("off_topic"));
    expect(modelErrorOf(offTopic, "Tiny")).toMatchObject({ name: "Error", message: "Tiny finds the prompt off-topic" });
    expect(modelErrorOf(new Error("Bad gateway"), "Tiny")).toMatchObject({ name: "Error", message: "Tiny gave no answer (Bad gateway)" });
    expect(modelErrorOf("lost", "Tiny").message).toBe("Tiny gave no answer (lost)");
  });
});
