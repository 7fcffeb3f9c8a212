import type { OptionField } from "../../src/core/prune/options.ts";
import { headFields } from "../../src/core/tune/headFields.ts";
import { tuneTrainers } from "../../src/engine/requests/tuneRuns.ts";

/** The properties of a task as package.json has to declare them: tasks.json is completed and checked by them. */
export function taskProperties(): Readonly<Record<string, unknown>> {
  return {
    trainer: { enum: tuneTrainers.map(({ id }) => id), description: "What trains", default: "head" },
    dataset: { type: "string", description: "The dataset's folder, absolute or below the workspace's; the only one where nothing is set" },
    ...Object.fromEntries(Object.entries(headFields).map(([name, field]) => [name, schemaOf(field)])),
  };
}

function schemaOf(field: OptionField): Readonly<Record<string, unknown>> {
  const { about: description, otherwise } = field;
  const common = { description, ...(otherwise === undefined ? {} : { default: otherwise }) };
  switch (field.kind) {
    case "choice":
      return { enum: field.choices, ...common };
    case "number":
      return { type: "number", ...common };
    case "flag":
      return { type: "boolean", ...common };
    case "share":
    case "signal":
    case "text":
      return { type: "string", ...common };
  }
}
