import type { SignalDescriptor } from "../../../src/core/signals/signal.ts";
import type { PanelContext } from "../../context.ts";
import { formatCounted } from "../../format.ts";
import type { Cut } from "./cut.ts";
import { ruleOfCut, rulesWithCut, tellTried } from "./cutRule.ts";
import { formatBound } from "./signalCut.ts";

/** Puts a cut into the recipe: tries it, shows a person what it would do, and applies all rules where the person agrees. Throws where the engine refuses. */
export async function dropByCut(context: PanelContext, signal: SignalDescriptor, cut: Cut): Promise<void> {
  const rule = ruleOfCut(signal, cut);
  if (typeof rule === "string") throw new RangeError(rule);
  const { host } = context;
  const { rules, at } = rulesWithCut(context.snapshot().overview.recipe.rules, rule);
  const tried = await host.call("tryRules", { rules });
  const message = tried.effects[at]?.message ?? null;
  if (message !== null) throw new RangeError(message);
  const isAgreed = await host.call("confirm", {
    message: `Drop what has ${tellCut(signal, cut)}?`,
    detail: tellTried(tried, at),
    action: "Drop",
  });
  if (!isAgreed) return;
  const { operation, dropped } = await host.call("applyRules", { rules });
  if (operation === null) context.tell("Nothing changed: the recipe says so already");
  else context.tell(`The recipe drops ${formatCounted(dropped.captions, "pair")} now`, { undo: true });
}

function tellCut({ name, unit }: SignalDescriptor, { min, max }: Cut): string {
  if (unit === "flag") return `${name} ${min === null ? "“yes”" : "“no”"}`;
  const parts = [
    ...(min === null ? [] : [`below ${formatBound(min, unit)}`]),
    ...(max === null ? [] : [`above ${formatBound(max, unit)}`]),
  ];
  return `${name} ${parts.join(" or ")}`;
}
