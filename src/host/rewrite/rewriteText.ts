import type { RewriteEstimate, RewriteScopeCounts } from "../../protocol/rewrites.ts";
import { formatCount } from "../runText.ts";

/** What a person is asked before captions are rewritten: how many, by whom, and what is asked for. No price is told: it is between them and whoever runs the model. */
export function rewriteQuestion(
  estimate: RewriteEstimate,
  by: string,
): { readonly text: string; readonly detail: string; readonly action: string } {
  return {
    text: `Rewrite ${formatCount(estimate.captions, "caption")} by ${by}?`,
    detail: [...requestsText(estimate), ...leftText(estimate), "", "They become proposals: no file is changed before you accept them"].join(
      "\n",
    ),
    action: estimate.calls === 0 ? "Propose" : "Ask and Propose",
  };
}

function requestsText({ calls, cached, pictures, inputTokens, outputTokens, countedPrompts = 0 }: RewriteEstimate): string[] {
  if (calls === 0)
    return cached === null || cached === 0 ? [] : [`All ${formatCount(cached, "answer")} are known from before: nobody is asked`];
  const known = cached === null || cached === 0 ? "" : `, ${cached.toLocaleString("en")} more are known from before`;
  const shown = pictures === 0 ? "" : `, ${formatCount(pictures, "picture")} with them`;
  const counted = countedPrompts === 0 ? "" : ` (the model counted ${formatCount(countedPrompts, "prompt")})`;
  return [
    `${formatCount(calls, "request")}${shown}${known}`,
    `About ${formatCount(inputTokens, "token")} of text in${counted}, at most ${outputTokens.toLocaleString("en")} out${pictures === 0 ? "" : "; pictures come on top"}`,
  ];
}

/** What of a scope is left as it is, and why, in one line without a stop; none where all is rewritten. */
export function leftText({ frozen, machine, skipped }: RewriteScopeCounts): string[] {
  const told = (count: number, text: string): string[] => (count === 0 ? [] : [`${count.toLocaleString("en")} ${text}`]);
  const parts = [
    ...told(frozen, "of the evaluation split"),
    ...told(machine, "by a model or a rule already"),
    ...told(skipped, "with nothing for this way to rewrite"),
  ];
  return parts.length === 0 ? [] : [`Left as they are: ${parts.join(", ")}`];
}
