import { html, nothing, type TemplateResult } from "lit-html";
import { holdWords } from "../../../src/core/rewriters/holdWords.ts";
import type { ListedRewrite, RewriteState } from "../../../src/protocol/rewrites.ts";
import { diffSide } from "../../parts/diff.ts";
import { formatKnown, formatSigned } from "./figures.ts";

/** The proposal that is looked at, and what its buttons do. `draft` is the person's own text while it is written. */
export interface ProposalPart {
  readonly rewrite: ListedRewrite;
  readonly presetTitle: string;
  readonly picture: HTMLElement;
  readonly draft: string | undefined;
  readonly whyNot: string | undefined;
  readonly onAccept: () => void;
  readonly onReject: () => void;
  readonly onSkip: () => void;
  readonly onReopen: () => void;
  readonly onDraft: (draft: string | undefined) => void;
  readonly onSaveDraft: () => void;
  readonly onInspect: () => void;
}

/** One proposal whole: its picture, both texts, what the encoder says, and what can be done. */
export function proposalTemplate(part: ProposalPart): TemplateResult {
  const { rewrite, picture, draft, onInspect } = part;
  const { sample, captionIndex, diff } = rewrite;
  return html`<section class="proposal" aria-label="Proposal">
    <div class="proposal-picture">${picture}</div>
    <div class="proposal-text">
      <p class="proposal-where">
        <button class="link" title="Show in the inspector (I)" @click=${onInspect}>${sample}</button>
        <span class="quiet">caption ${captionIndex + 1}</span>
      </p>
      <div class="proposal-side"><span class="label quiet">Now</span>${diffSide(diff, "before")}</div>
      <div class="proposal-side">
        <span class="label quiet">${draft === undefined ? "Proposed" : "Yours"}</span
        >${draft === undefined ? diffSide(diff, "after") : draftTemplate(part, draft)}
      </div>
      ${stateTemplate(rewrite)} ${factsTemplate(part)}
    </div>
    ${buttonsTemplate(part)}
  </section>`;
}

function draftTemplate({ onDraft, onSaveDraft }: ProposalPart, draft: string): TemplateResult {
  const onKey = (event: KeyboardEvent): void => {
    if (event.key === "Escape") onDraft(undefined);
    else if (event.key === "Enter" && !event.shiftKey && !event.isComposing) onSaveDraft();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return html`<textarea
    class="caption-draft proposal-draft"
    aria-label="Your caption"
    rows=${Math.min(8, 2 + Math.ceil(draft.length / 60))}
    .value=${draft}
    @input=${(event: Event) => onDraft((event.target as HTMLTextAreaElement).value)}
    @keydown=${onKey}
  ></textarea>`;
}

const stateWords: Readonly<Record<Exclude<RewriteState, "proposed">, string>> = {
  accepted: "Accepted: it stands in its file",
  rejected: "Rejected: it is not proposed again",
  stale: "The caption says something else by now: it was changed since. Have it rewritten again",
};

function stateTemplate(rewrite: ListedRewrite): TemplateResult {
  const { state } = rewrite;
  if (state !== "proposed")
    return html`<p class="proposal-state ${state}" role="status">
      <span class="codicon codicon-${state === "accepted" ? "check" : state === "rejected" ? "close" : "history"}" aria-hidden="true"></span
      >${stateWords[state]}
    </p>`;
  const words = holdWords(rewrite);
  if (words.length === 0)
    return html`<p class="proposal-state passes"><span class="codicon codicon-check" aria-hidden="true"></span>Passes the rule</p>`;
  return html`<div class="proposal-waits">
    <span class="codicon codicon-warning" aria-hidden="true"></span>
    <span>Waits for you:</span>
    <ul>
      ${words.map((word) => html`<li>${word}</li>`)}
    </ul>
  </div>`;
}

function factsTemplate({ rewrite, presetTitle }: ProposalPart): TemplateResult {
  const { measure, author, comparison } = rewrite;
  return html`<dl class="facts-grid">
    ${
      measure === null
        ? html`<dt>Score</dt>
            <dd>not measured yet</dd>`
        : measureRows(measure)
    }
    ${
      comparison.added.length === 0
        ? nothing
        : html`<dt>Adds</dt>
            <dd>${comparison.added.join(", ")}</dd>`
    }
    ${
      comparison.removed.length === 0
        ? nothing
        : html`<dt>Leaves out</dt>
            <dd>${comparison.removed.join(", ")}</dd>`
    }
    <dt>By</dt>
    <dd>${author === "human" ? "a person" : author}, ${presetTitle}</dd>
  </dl>`;
}

function measureRows(measure: NonNullable<ListedRewrite["measure"]>): TemplateResult {
  const { scoreBefore, scoreAfter, rankBefore, rankAfter, candidates, tokensBefore, tokensAfter, tokenLimit } = measure;
  const gain = scoreAfter - scoreBefore;
  return html`<dt>Score</dt>
    <dd>
      ${formatKnown(scoreBefore, 3)} → ${formatKnown(scoreAfter, 3)}
      <strong class="gain ${gain > 0 ? "good" : gain < 0 ? "bad" : ""}">${formatSigned(gain, 3)}</strong>
    </dd>
    <dt>Rank</dt>
    <dd>
      ${formatKnown(rankBefore)} → ${formatKnown(rankAfter)} of ${formatKnown(candidates)}
      <strong class="gain ${rankAfter < rankBefore ? "good" : rankAfter > rankBefore ? "bad" : ""}"
        >${formatSigned(rankAfter - rankBefore, 0)}</strong
      >
    </dd>
    <dt>Tokens</dt>
    <dd class=${tokensAfter > tokenLimit ? "flag" : ""}>
      ${formatKnown(tokensBefore)} → ${formatKnown(tokensAfter)} of ${formatKnown(tokenLimit)}
    </dd>`;
}

function buttonsTemplate(part: ProposalPart): TemplateResult {
  const { rewrite, draft, whyNot } = part;
  const button = (label: string, key: string, { icon, kind, run }: { icon: string; kind: string; run: () => void }): TemplateResult =>
    html`<button class="check-button ${kind}" title=${whyNot ?? label} ?disabled=${whyNot !== undefined && kind !== "skip"} @click=${run}>
      <span class="codicon codicon-${icon}" aria-hidden="true"></span>${label} <kbd>${key}</kbd>
    </button>`;
  if (draft !== undefined)
    return html`<div class="proposal-buttons">
      ${button("Accept yours", "Enter", { icon: "check", kind: "match", run: part.onSaveDraft })}
      ${button("Leave it", "Escape", { icon: "discard", kind: "skip", run: () => part.onDraft(undefined) })}
    </div>`;
  const skip = button("Next", "S", { icon: "arrow-down", kind: "skip", run: part.onSkip });
  if (rewrite.state === "rejected")
    return html`<div class="proposal-buttons">
      ${button("Put back", "B", { icon: "discard", kind: "back", run: part.onReopen })}${skip}
    </div>`;
  if (rewrite.state === "accepted") return html`<div class="proposal-buttons">${skip}</div>`;
  const reject = button("Reject", "X", { icon: "close", kind: "mismatch", run: part.onReject });
  if (rewrite.state === "stale") return html`<div class="proposal-buttons">${reject}${skip}</div>`;
  return html`<div class="proposal-buttons">
    ${button("Accept", "A", { icon: "check", kind: "match", run: part.onAccept })} ${reject}
    ${button("Edit", "E", { icon: "edit", kind: "edit", run: () => part.onDraft(rewrite.after) })} ${skip}
  </div>`;
}
