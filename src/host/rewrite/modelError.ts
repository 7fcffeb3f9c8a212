/** A model that would answer the next prompt no better: the engine ends the job on an error of this name. */
export class ModelRefusedError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "ModelRefusedError";
  }
}

/** Makes one sentence of why a model of the editor's, as people know it, gave no answer. Codes are those of VS Code's `LanguageModelError`. */
export function modelErrorOf(error: unknown, model: string): Error {
  const said = error instanceof Error ? (error.message.split("\n")[0] ?? "").trim().replace(/\.$/, "") : String(error);
  const why = said === "" ? "" : ` (${said})`;
  switch (codeOf(error)) {
    case "NoPermissions":
      return new ModelRefusedError(`Winnow is not allowed to use ${model}: start again and allow it, or choose another model`);
    case "NotFound":
      return new ModelRefusedError(`${model} is not in VS Code any more: choose another model`);
    case "Blocked":
      return new ModelRefusedError(
        `${model} takes no more requests now${why}: go on later, or choose another model; the answers so far are kept`,
      );
    default:
      if (/\bquota\b/i.test(said))
        return new ModelRefusedError(
          `The quota of ${model} is used up${why}: go on later, or choose another model; the answers so far are kept`,
        );
      if (isOffTopic(error)) return new Error(`${model} finds the prompt off-topic`);
      return new Error(`${model} gave no answer${why}`);
  }
}

function codeOf(error: unknown): string {
  return typeof error === "object" && error !== null && "code" in error && typeof error.code === "string" ? error.code : "";
}

/** As VS Code's guide to language models tells it: by the message of the cause. */
function isOffTopic(error: unknown): boolean {
  return error instanceof Error && error.cause instanceof Error && error.cause.message.includes("off_topic");
}
