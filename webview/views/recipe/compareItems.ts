import type { PanelContext } from "../../context.ts";
import { capitalised } from "../../format.ts";
import type { MenuItem } from "../../parts/menu.ts";
import { type NamedSource, sourcesBefore } from "./comparison.ts";

/** Operations that a menu lists; older ones are in VS Code's own list. */
const mostListed = 20;

const times = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "short" });

/** What a selection can be compared with, as entries of a menu. */
export async function compareItems(
  context: PanelContext,
  { isEdited, onChoose }: { isEdited: boolean; onChoose: (source: NamedSource) => void },
): Promise<MenuItem[]> {
  const operations = await context.host.call("listOperations", {});
  const now: NamedSource = { title: "what holds now", source: { kind: "current" } };
  const first: NamedSource = { title: "everything, before any operation", source: { kind: "operation", operation: null } };
  const before = sourcesBefore(operations)
    .slice(0, mostListed)
    .map(({ time, ...source }, at): MenuItem => {
      return {
        ...(at === 0 ? { heading: "As it was" } : {}),
        label: capitalised(source.title),
        detail: times.format(new Date(time)),
        run: () => onChoose(source),
      };
    });
  return [
    ...(isEdited ? [{ label: "What holds now", icon: "check", run: () => onChoose(now) }] : []),
    { label: "A recipe’s file…", icon: "file", run: () => void chooseFile(context, onChoose) },
    { label: "Everything, before any operation", icon: "history", run: () => onChoose(first) },
    ...before,
  ];
}

async function chooseFile(context: PanelContext, onChoose: (source: NamedSource) => void): Promise<void> {
  try {
    const chosen = await context.host.call("chooseRecipe", null);
    if (chosen === null) return;
    const name = chosen.path.split(/[/\\]/).pop() ?? chosen.path;
    onChoose({ title: name, source: { kind: "recipe", path: chosen.path } });
  } catch (error) {
    context.fail(error);
  }
}
