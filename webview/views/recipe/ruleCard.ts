import { html, nothing, type TemplateResult } from "lit-html";
import { live } from "lit-html/directives/live.js";
import type { OptionValue } from "../../../src/core/prune/options.ts";
import { findPolicy } from "../../../src/core/prune/policies.ts";
import type { SignalDescriptor } from "../../../src/core/signals/signal.ts";
import type { RuleEffect } from "../../../src/protocol/recipes.ts";
import { formatCount, formatCounted } from "../../format.ts";
import { named } from "../../parts/named.ts";
import { optionForm } from "../../parts/optionForm.ts";
import { describePolicy, describeRule } from "./describeRule.ts";
import { type Draft, ruleOf } from "./drafts.ts";

/** A rule of the list, and what its controls do. */
export interface RuleCard {
  readonly draft: Draft;
  readonly place: number;
  readonly count: number;
  /** What the rule adds to those before it; undefined where that isn't known. */
  readonly effect: RuleEffect | undefined;
  readonly isWaiting: boolean;
  readonly isOpen: boolean;
  readonly isReadOnly: boolean;
  readonly signals: readonly SignalDescriptor[];
  readonly onOpen: (isOpen: boolean) => void;
  readonly onOff: (isOff: boolean) => void;
  readonly onOption: (name: string, value: OptionValue | undefined) => void;
  readonly onMove: (step: 1 | -1) => void;
  readonly onRemove: () => void;
  readonly onDrag: (event: DragEvent) => void;
}

/** One rule: switch, sentence, what it does, its place, and its options where it is open. */
export function ruleCard(card: RuleCard): TemplateResult {
  const { draft, place, isOpen, isReadOnly, onOpen, onOff, onDrag } = card;
  const rule = ruleOf(draft);
  const problem = typeof rule === "string" ? rule : undefined;
  const nameOf = (signal: string): string => card.signals.find(({ id }) => id === signal)?.name ?? signal;
  const sentence = typeof rule === "string" ? describePolicy(draft.policy) : describeRule(rule, nameOf);
  const formId = `rule-form-${draft.key}`;
  const policy = findPolicy(draft.policy);
  return html`<li
    class="rule ${draft.isOff ? "off" : ""} ${problem === undefined ? "" : "incomplete"}"
    data-key=${draft.key}
    @keydown=${(event: KeyboardEvent) => moveByKey(event, card)}
  >
    <div class="rule-line">
      <span
        class="rule-grip codicon codicon-gripper"
        aria-hidden="true"
        title="Drag to another place"
        draggable=${isReadOnly ? "false" : "true"}
        @dragstart=${onDrag}
      ></span>
      <span class="rule-place">${place + 1}</span>
      <vscode-checkbox
        ${named(`Apply: ${sentence}`)}
        title=${draft.isOff ? "Off: does nothing" : "On"}
        ?checked=${!draft.isOff}
        .checked=${live(!draft.isOff)}
        ?disabled=${isReadOnly}
        @change=${(event: Event) => onOff(!(event.target as HTMLInputElement).checked)}
      ></vscode-checkbox>
      <button class="rule-title" aria-expanded=${isOpen} aria-controls=${isOpen ? formId : nothing} @click=${() => onOpen(!isOpen)}>
        <span class="codicon codicon-chevron-${isOpen ? "down" : "right"}" aria-hidden="true"></span>
        <span class="rule-sentence">${sentence}</span>
      </button>
      ${effectTemplate(card, problem)} ${moveButtons(card)}
    </div>
    ${problem === undefined ? nothing : html`<p class="rule-problem"><span class="codicon codicon-warning" aria-hidden="true"></span> ${problem}</p>`}
    ${
      isOpen && policy !== undefined
        ? html`<fieldset class="rule-form" id=${formId} ?disabled=${isReadOnly} aria-label="Options of rule ${place + 1}">
            ${optionForm({ table: policy.options, given: draft.given, signals: card.signals, prefix: formId, onOption: card.onOption })}
          </fieldset>`
        : nothing
    }
  </li>`;
}

function effectTemplate({ draft, effect, isWaiting }: RuleCard, problem: string | undefined): TemplateResult {
  if (draft.isOff) return html`<span class="rule-effect quiet">off</span>`;
  if (problem !== undefined) return html`<span class="rule-effect quiet">not complete</span>`;
  if (effect === undefined) return html`<span class="rule-effect quiet">…</span>`;
  if (effect.message !== null)
    return html`<span class="rule-effect failed" title=${effect.message}
      ><span class="codicon codicon-warning" aria-hidden="true"></span> ${effect.message}</span
    >`;
  const { dropped, droppedSamples } = effect;
  const about = `${formatCounted(dropped, "pair")}; ${formatCounted(droppedSamples, "picture")} with the last of their captions, or as a whole`;
  const isOfPictures = dropped === 0 && droppedSamples > 0; // those that have no caption
  return html`<span class="rule-effect ${isWaiting ? "waiting" : ""}" title=${about}
    >drops
    <strong>${formatCount(isOfPictures ? droppedSamples : dropped)}</strong
    >${isOfPictures ? " without a caption" : nothing}${effect.review > 0 ? html`, <strong>${formatCount(effect.review)}</strong> to review` : nothing}</span
  >`;
}

function moveButtons({ place, count, isReadOnly, onMove, onRemove }: RuleCard): TemplateResult {
  return html`<span class="rule-buttons">
    <vscode-button
      appearance="icon"
      aria-label="Move rule ${place + 1} up"
      title="Up (Alt+Up)"
      ?disabled=${isReadOnly || place === 0}
      @click=${() => onMove(-1)}
      ><span class="codicon codicon-arrow-up"></span
    ></vscode-button>
    <vscode-button
      appearance="icon"
      aria-label="Move rule ${place + 1} down"
      title="Down (Alt+Down)"
      ?disabled=${isReadOnly || place === count - 1}
      @click=${() => onMove(1)}
      ><span class="codicon codicon-arrow-down"></span
    ></vscode-button>
    <vscode-button appearance="icon" aria-label="Remove rule ${place + 1}" title="Remove" ?disabled=${isReadOnly} @click=${onRemove}
      ><span class="codicon codicon-trash"></span
    ></vscode-button>
  </span>`;
}

function moveByKey(event: KeyboardEvent, { isReadOnly, onMove }: RuleCard): void {
  const step = { ArrowUp: -1 as const, ArrowDown: 1 as const }[event.key];
  if (step === undefined || !event.altKey || event.ctrlKey || event.metaKey || isReadOnly) return;
  event.preventDefault();
  event.stopPropagation();
  onMove(step);
}
