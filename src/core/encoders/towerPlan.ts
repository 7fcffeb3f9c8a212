import type { Pooling, SideFacts } from "./family.ts";
import type { GraphSignature, SignaturePort } from "./signature.ts";

/** A side of an encoder. */
export type Side = "image" | "text";

/** What an input of a graph is fed with. */
export type InputRole = "pixels" | "ids" | "mask" | "types" | "positions";

/** An input with what it is fed with. */
export interface TowerInput extends SignaturePort {
  readonly role: InputRole;
}

/** What a person said of a side's graph: names of its ports, and how it is pooled. */
export interface SideChoice {
  readonly input?: string | undefined;
  readonly output?: string | undefined;
  readonly pooling?: Pooling | undefined;
  readonly parts?: string | undefined;
}

/**
 * How a side's graph is run. `pooling` is undefined where the graph pools by itself; `dim` where the file doesn't tell how long a vector is.
 * `parts` names the output of a vector a patch or token, where there is one.
 */
export interface TowerPlan {
  readonly inputs: readonly TowerInput[];
  readonly main: TowerInput;
  readonly output: string;
  readonly pooling: Pooling | undefined;
  readonly dim: number | undefined;
  readonly parts: SignaturePort | undefined;
}

/** What stands against a plan: words that follow the file's name, and what a person could say to mend it (`nothing` where only another export helps). */
export interface TowerProblem {
  readonly about: "input" | "output" | "pooling" | "nothing";
  readonly words: string;
}

/** A plan, or what stands against it. */
export type PlannedTower =
  { readonly plan: TowerPlan; readonly problem?: undefined } | { readonly plan?: undefined; readonly problem: TowerProblem };

/** What is known of both sides: a graph may take what feeds the other one too. */
export interface TowerFacts {
  readonly image: SideFacts;
  readonly text: SideFacts | undefined;
  readonly choice: SideChoice;
}

const plainRoles: Readonly<Record<string, InputRole>> = { attention_mask: "mask", token_type_ids: "types", position_ids: "positions" };
const mainRoles = { image: "pixels", text: "ids" } as const;

/** Finds out how a graph gives the vectors of a side: what each input is for, which output holds them, and whether they have still to be pooled. */
export function planTower(signature: GraphSignature, side: Side, facts: TowerFacts): PlannedTower {
  const inputs = signature.inputs.map((port) => ({ ...port, role: roleOf(port, signature.inputs, { side, facts }) }));
  const own = facts[side] ?? facts.image;
  const main = inputs.find(({ role }) => role === mainRoles[side]);
  const names = signature.inputs.map(({ name }) => name).join(", ");
  if (main === undefined)
    return failed("input", `takes ${names} and no ${facts.choice.input ?? own.ports.input[0]}: export it with that name`);
  const stranger = inputs.find(({ role }) => role === undefined);
  if (stranger !== undefined)
    return failed("nothing", `asks for an input ${stranger.name} that Winnow cannot give: export the model without it`);
  const found = findOutput(signature.outputs, own, facts.choice);
  if ("problem" in found) return found;
  return {
    plan: {
      inputs: inputs as readonly TowerInput[],
      main: main as TowerInput,
      ...found,
      parts: findParts(signature.outputs, own, facts.choice),
    },
  };
}

function failed(about: TowerProblem["about"], words: string): { readonly problem: TowerProblem } {
  return { problem: { about, words } };
}

/** By its name; else the only float input of four sizes is the picture, and the only whole-number one that is nothing else the text. */
function roleOf(
  port: SignaturePort,
  ports: readonly SignaturePort[],
  { side, facts }: { side: Side; facts: TowerFacts },
): InputRole | undefined {
  if (facts.choice.input === port.name) return mainRoles[side];
  const isNamed = (one: SignaturePort, names: readonly string[] | undefined): boolean => names?.includes(one.name) ?? false;
  if (isNamed(port, facts.image.ports.input)) return "pixels";
  if (isNamed(port, facts.text?.ports.input)) return "ids";
  if (Object.hasOwn(plainRoles, port.name)) return plainRoles[port.name];
  const isPicture = ({ type, dims }: SignaturePort): boolean => type.startsWith("float") && dims?.length === 4;
  const isText = ({ name, type, dims }: SignaturePort): boolean =>
    type.startsWith("int") && dims?.length === 2 && !Object.hasOwn(plainRoles, name);
  if (isPicture(port) && ports.filter(isPicture).length === 1) return "pixels";
  if (isText(port) && ports.filter(isText).length === 1) return "ids";
  return undefined;
}

function findOutput(
  outputs: readonly SignaturePort[],
  { ports, pooling, isProjected }: SideFacts,
  choice: SideChoice,
): Pick<TowerPlan, "output" | "pooling" | "dim"> | { readonly problem: TowerProblem } {
  const names = outputs.map(({ name }) => name).join(", ");
  if (choice.output !== undefined) {
    const asked = outputs.find(({ name }) => name === choice.output);
    if (asked === undefined) return failed("output", `gives ${names} and no ${choice.output}: name one of these as its output`);
    if (asked.dims?.length === 3 && choice.pooling === undefined)
      return failed("pooling", `gives ${choice.output} for every patch or token: say how it is pooled`);
    return { output: asked.name, pooling: asked.dims?.length === 2 ? undefined : choice.pooling, dim: asked.dims?.at(-1) };
  }
  const flat = outputs.filter(({ dims }) => dims === undefined || dims.length === 2);
  const named = ports.output.map((name) => flat.find((port) => port.name === name)).find((port) => port !== undefined);
  const vectors = named ?? (flat.length === 1 ? flat[0] : undefined);
  if (vectors !== undefined) return { output: vectors.name, pooling: undefined, dim: vectors.dims?.at(-1) };
  const how = choice.pooling ?? (isProjected ? undefined : pooling);
  const hidden = findParts(outputs, { ports }, choice) ?? (outputs.length === 1 && outputs[0]?.dims?.length === 3 ? outputs[0] : undefined);
  if (how !== undefined && hidden !== undefined) return { output: hidden.name, pooling: how, dim: hidden.dims?.at(-1) };
  return failed("output", `gives ${names} and no ${ports.output[0]}: export the model with its pooling and projection`);
}

function findParts(
  outputs: readonly SignaturePort[],
  { ports }: Pick<SideFacts, "ports">,
  { parts }: SideChoice,
): SignaturePort | undefined {
  const names = parts === undefined ? ports.parts : [parts];
  return names.map((name) => outputs.find((port) => port.name === name && port.dims?.length === 3)).find((port) => port !== undefined);
}
