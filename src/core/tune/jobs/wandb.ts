/** A project of Weights & Biases that gets a run's metrics; the entity is a person's own where none is named. */
export interface WandbProject {
  readonly entity: string | undefined;
  readonly project: string;
}

/** Reads `project` or `entity/project`. Throws a RangeError for anything else. */
export function parseWandb(text: string): WandbProject {
  const parts = text.split("/").map((part) => part.trim());
  const [project = "", entity] = [...parts].reverse();
  if (parts.length > 2 || parts.includes("")) throw new RangeError(`Expected project or entity/project for wandb but received "${text}"`);
  return { entity, project };
}
