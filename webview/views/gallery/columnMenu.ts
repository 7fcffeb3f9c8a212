import type { Field } from "../../../src/protocol/overview.ts";
import type { MenuItem } from "../../parts/menu.ts";
import { columnFields } from "./fields.ts";

/** The entries of the menu that chooses the table's columns. */
export function columnMenuItems(
  fields: readonly Field[],
  shown: readonly string[],
  onChange: (shown: readonly string[]) => void,
): MenuItem[] {
  return columnFields(fields).map(({ name, signal }) => ({
    label: signal?.name ?? name,
    ...(signal === null ? {} : { about: signal.description }),
    checked: shown.includes(name),
    run: () => onChange(shown.includes(name) ? shown.filter((other) => other !== name) : [...shown, name]),
  }));
}
