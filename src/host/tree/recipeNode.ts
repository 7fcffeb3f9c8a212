import type { Overview } from "../../protocol/overview.ts";
import { formatCount } from "../runText.ts";
import type { TreeNode } from "./treeNode.ts";
import { aboutRule, escapeMarkdown, formatRuleOptions, wordsFromName } from "./words.ts";

/** A dataset's recipe with its rules, which can be switched on and off. */
export function recipeNode(root: string, { recipe }: Overview): TreeNode {
  const on = recipe.rules.filter((rule) => rule["off"] !== true).length;
  const off = recipe.rules.length - on;
  return {
    id: `${root}#recipe`,
    root,
    label: "Recipe",
    description: recipe.rules.length === 0 ? "no rules" : `${formatCount(on, "rule")}${off === 0 ? "" : `, ${off} off`}`,
    tooltip: "What is dropped by rule. Rules hold in their order, and can be tried before they are applied",
    icon: { id: "list-ordered" },
    context: "recipe",
    ...(recipe.rules.length === 0
      ? { command: { id: "winnow.openRecipe", arguments: [{ root }] } }
      : {
          children: recipe.rules.map((rule, at) => ({
            id: `${root}#rule/${at}`,
            root,
            label: wordsFromName(rule.policy),
            description: formatRuleOptions(rule),
            tooltip: escapeMarkdown(aboutRule(rule)),
            context: "rule",
            checkbox: { isChecked: rule["off"] !== true, tooltip: rule["off"] === true ? "Switch this rule on" : "Switch this rule off" },
            command: { id: "winnow.openRecipe", arguments: [{ root }] },
            subject: { kind: "rule" as const, rule: at },
          })),
        }),
  };
}
