import type { OptionField } from "../../src/core/prune/options.ts";
import { tuneTrainers } from "../../src/engine/requests/tuneRuns.ts";

/** The properties of a task as package.json has to declare them: tasks.json is completed and checked by them. */
export function taskProperties(): Readonly<Record<string, unknown>> {
  return {
    trainer: { enum: tuneTrainers.map(({ id }) => id), description: "What trains", default: "head" },
    dataset: { type: "string", description: "The dataset's folder, absolute or below the workspace's; the only one where nothing is set" },
    ...Object.fromEntries([...fieldsByName()].map(([name, fields]) => [name, joined(fields.map(schemaOf))])),
  };
}

/** What the trainers call alike is one property of the task. */
function fieldsByName(): ReadonlyMap<string, readonly OptionField[]> {
  const found = new Map<string, OptionField[]>();
  for (const { options } of tuneTrainers)
    for (const [name, field] of Object.entries(options)) found.set(name, [...(found.get(name) ?? []), field]);
  return found;
}

/** The first trainer's words; choices of all of them, and the usual value where it is the same for all. */
function joined(schemas: readonly Schema[]): Schema {
  const [{ default: usual, ...first } = {}] = schemas;
  const choices = [...new Set(schemas.flatMap(({ enum: own = [] }) => own))];
  const isSame = schemas.every((schema) => schema.default === usual);
  return { ...first, ...(choices.length > 0 && { enum: choices }), ...(isSame && usual !== undefined && { default: usual }) };
}

interface Schema {
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly description?: string;
  readonly default?: unknown;
}

function schemaOf(field: OptionField): Schema {
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
