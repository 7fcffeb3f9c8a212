import type { AcceptedRewrites, RewritePage, RewriteReport, RewriteScopeCounts, RewriteStrategy } from "../../protocol/rewrites.ts";
import type { Message, MessageAction } from "../messages.ts";
import { formatCount } from "../runText.ts";
import { leftText } from "./rewriteText.ts";

const review = (root: string): MessageAction => ({ title: "Review", command: "winnow.reviewRewrites", arguments: [{ root }] });

/** What is known of a dataset where a person is told of it. */
interface Named {
  readonly name: string;
  readonly root: string;
}

/** A scope has nothing that could be rewritten. */
export function nothingToRewrite({ name }: Named, counts: RewriteScopeCounts): Message {
  const [why] = leftText(counts);
  return { severity: "info", text: `Nothing of ${name} is to be rewritten${why === undefined ? "" : `. ${why}`}`, actions: [] };
}

/** A job is done: what it proposed, and how many of all proposals the rule would take. */
export function captionsRewritten(
  { name, root }: Named,
  { proposals, failures }: RewriteReport,
  { acceptable, strategy }: Pick<RewritePage, "acceptable"> & { readonly strategy: RewriteStrategy },
): Message {
  const failed = failures.reduce((sum, { count }) => sum + count, 0);
  const [first] = failures;
  const lost = first === undefined ? "" : `; none for ${formatCount(failed, "caption")}: ${first.reason}`;
  const accept: MessageAction = { title: "Accept Those That Pass", command: "winnow.acceptRewrites", arguments: [{ root, strategy }] };
  const open = review(root);
  return {
    severity: first === undefined ? "info" : "warning",
    text: `${formatCount(proposals, "new proposal")} for ${name}, ${acceptable.toLocaleString("en")} in all pass the rule${lost}`,
    actions: acceptable === 0 ? [open] : [open, accept],
  };
}

/** A job was stopped, or ended on a model that answers no more. */
export function rewritingStopped({ name, root }: Named, proposed: number): Message {
  return {
    severity: "info",
    text: `Rewriting of ${name} was stopped with ${formatCount(proposed, "proposal")} to review; the next job goes on from there`,
    actions: [review(root)],
  };
}

/** Proposals were accepted, or there was none that could be. */
export function rewritesAccepted({ name, root }: Named, { operation, accepted, left }: AcceptedRewrites): Message {
  const [first] = left;
  const stayed = first === undefined ? "" : `; left as they are: ${left.length.toLocaleString("en")} (${first.sample} ${first.reason})`;
  if (operation === null) return { severity: "info", text: `No proposal for ${name} passes the rule${stayed}`, actions: [review(root)] };
  const undo: MessageAction = {
    title: "Undo",
    command: "winnow.undoOperation",
    arguments: [{ root, subject: { kind: "operation", operation } }],
  };
  const text = `${formatCount(accepted, "caption")} of ${name} ${accepted === 1 ? "is" : "are"} rewritten; the next analysis scores the new ${accepted === 1 ? "text" : "texts"}${stayed}`;
  return { severity: first === undefined ? "info" : "warning", text, actions: [undo] };
}

/** The key of a server is kept, or was forgotten. */
export function keyKept(server: string): Message {
  return { severity: "info", text: `The key of ${server} is kept among VS Code's secrets`, actions: [] };
}

/** The same of a key that is gone. */
export function keyForgotten(server: string): Message {
  return { severity: "info", text: `Winnow keeps no key of ${server}`, actions: [] };
}
