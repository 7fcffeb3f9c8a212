import { lints } from "../../../src/core/captions/lints/lints.ts";
import { pairLints } from "../../../src/core/captions/lints/pairLint.ts";
import { groupKinds } from "../../../src/core/group.ts";
import type { Analysed, Field } from "../../../src/protocol/overview.ts";
import { labelOfCode, titleOfField } from "./fieldTexts.ts";

/** A value that is known of a field, and what people read for it. */
export interface Choice {
  readonly value: string;
  readonly label: string;
}

/** What the filters of a dataset can be made of. `choices` has the fields of which all values are known, also those that are no columns of a pair. */
export interface Vocabulary {
  readonly fields: readonly Field[];
  readonly choices: ReadonlyMap<string, readonly Choice[]>;
  readonly buckets: readonly { readonly title: string; readonly about: string; readonly where: string }[];
}

/** Fields that only a typed filter names: numbers and hashes of the machine's own. */
const technical: ReadonlySet<string> = new Set(
  "pair sampleRow captionIndex captionId captionHash captionOrigin contentHash sample".split(" "),
);

/** What people filter by most. */
const mostUsed = [
  "caption",
  "verdict",
  "folder",
  "split",
  "pictureFormat",
  "problem",
  "lint",
  "group",
  "concept",
  "language",
  "author",
  "edited",
];

/** What the filters of a dataset can be made of. */
export function vocabularyOf(analysed: Analysed | null): Vocabulary {
  const fields = analysed?.fields ?? [];
  const known = fields.flatMap((field): [string, readonly Choice[]][] => {
    const choices = choicesOf(field);
    return choices === null ? [] : [[field.name, choices]];
  });
  const code = (value: string): Choice => ({ value, label: labelOfCode(value) });
  const related: [string, readonly Choice[]][] = [
    ["problem", (analysed?.problems ?? []).map((problem) => code(problem.code))],
    ["group", groupKinds.map(code)],
    ["lint", [...lints, ...pairLints].map(({ id, title }) => ({ value: id, label: title }))],
  ];
  return { fields, choices: new Map([...related, ...known]), buckets: analysed?.buckets ?? [] };
}

/** The fields of the menu that adds a filter, what is used most first: those that are no signals, then the signals. */
export function fieldsForMenu({ fields, choices }: Vocabulary): { readonly plain: readonly string[]; readonly signals: readonly string[] } {
  const related = [...choices.keys()].filter((name) => !fields.some((field) => field.name === name));
  const plain = fields.filter(({ name, signal }) => signal === null && !technical.has(name)).map(({ name }) => name);
  const place = (name: string): number => (mostUsed.includes(name) ? mostUsed.indexOf(name) : mostUsed.length);
  return {
    plain: [...plain, ...related].sort((left, right) => place(left) - place(right)),
    signals: fields.filter(({ signal }) => signal !== null).map(({ name }) => name),
  };
}

/** What a field is called. */
export function titleIn({ fields }: Vocabulary, name: string): string {
  return titleOfField(name, fields.find((field) => field.name === name)?.signal ?? null);
}

/** What people read for a value of a field. */
export function labelIn({ choices }: Vocabulary, name: string, value: string): string {
  return choices.get(name)?.find((choice) => choice.value === value)?.label ?? value;
}

function choicesOf({ type, values, labels }: Field): readonly Choice[] | null {
  if (type === "boolean") {
    return [
      { value: "true", label: "yes" },
      { value: "false", label: "no" },
    ];
  }
  return values === null ? null : values.map((value, at) => ({ value, label: labels?.[at] ?? value }));
}
