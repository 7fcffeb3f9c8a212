import { html, nothing, render, svg, type TemplateResult } from "lit-html";
import type { ListedOperation } from "../../../src/protocol/operations.ts";
import type { Comparison, SelectionSource } from "../../../src/protocol/recipes.ts";
import type { PanelContext } from "../../context.ts";
import { capitalised, formatCount } from "../../format.ts";
import { formatShare } from "../../parts/shareBar.ts";
import { createSlot } from "../../slots.ts";

/** Something that can be compared, with its name. */
export interface NamedSource {
  readonly title: string;
  readonly source: SelectionSource;
}

type Part = keyof Comparison["parts"];

interface Compared {
  readonly left: NamedSource;
  readonly right: NamedSource;
  readonly parts: Comparison["parts"];
}

/** Two selections side by side: how many pairs both keep, one alone, or neither. */
export class ComparisonPane {
  readonly element = document.createElement("section");
  readonly #context: PanelContext;
  readonly #slot = createSlot();
  #compared: Compared | undefined;
  #waiting: { readonly left: NamedSource; readonly right: NamedSource } | undefined;

  constructor(context: PanelContext) {
    this.#context = context;
    this.element.className = "comparison";
    this.element.ariaLabel = "Comparison";
    this.element.hidden = true;
  }

  /** Compares and shows; what fails is told. */
  async compare(left: NamedSource, right: NamedSource): Promise<void> {
    this.#waiting = { left, right };
    this.#draw();
    try {
      const answer = await this.#slot.run((signal) =>
        this.#context.host.call("compare", { left: left.source, right: right.source }, { signal }),
      );
      if (answer === undefined) return;
      this.#compared = { left, right, parts: answer.parts };
    } catch (error) {
      this.#context.fail(error);
    }
    this.#waiting = undefined;
    this.#draw();
  }

  /** Takes the comparison away: it is of what held before. */
  close(): void {
    this.#slot.stop();
    this.#compared = undefined;
    this.#waiting = undefined;
    this.#draw();
  }

  #draw(): void {
    this.element.hidden = this.#compared === undefined && this.#waiting === undefined;
    const content =
      this.#waiting === undefined ? this.#compared && this.#template(this.#compared) : html`<p class="quiet" role="status">Comparing…</p>`;
    render(content ?? nothing, this.element);
  }

  #template({ left, right, parts }: Compared): TemplateResult {
    const rows: readonly (readonly [Part, string])[] = [
      ["both", "Both keep"],
      ["leftOnly", `Only “${left.title}” keeps`],
      ["rightOnly", `Only “${right.title}” keeps`],
      ["neither", "Neither keeps"],
    ];
    const total = rows.reduce((sum, [part]) => sum + parts[part].captions, 0);
    return html`<div class="comparison-head">
        <h3>${capitalised(left.title)} <span class="quiet">and</span> ${right.title}</h3>
        <vscode-button appearance="icon" aria-label="Close the comparison" @click=${() => this.close()}
          ><span class="codicon codicon-close"></span
        ></vscode-button>
      </div>
      ${diagram({ left, right, parts }, total)}
      <ul class="comparison-parts">
        ${rows.map(([part, label]) => this.#part(part, { label, captions: parts[part].captions, total, set: parts[part].set }))}
      </ul>`;
  }

  #part(part: Part, { label, captions, total, set }: { label: string; captions: number; total: number; set: string }): TemplateResult {
    return html`<li>
      <span class="part-mark ${part}" aria-hidden="true"></span>
      <span class="part-label">${label}</span>
      <strong>${formatCount(captions)}</strong>
      <span class="quiet">${formatShare(captions, total)}</span>
      <vscode-button
        appearance="secondary"
        aria-label="Show in gallery: ${label}"
        ?disabled=${captions === 0}
        @click=${() => this.#context.go({ view: "gallery", unit: "pair", where: `set = "${set}"` })}
        >Show</vscode-button
      >
    </li>`;
  }
}

/** Two bars over one axis of all pairs: they overlap by as much as both keep. */
function diagram({ left, right, parts }: Compared, total: number): TemplateResult {
  const share = (count: number): number => (total === 0 ? 0 : (100 * count) / total);
  const [leftOnly, both, rightOnly] = [share(parts.leftOnly.captions), share(parts.both.captions), share(parts.rightOnly.captions)];
  const bar = (source: NamedSource, kind: string, { from, width, y }: { from: number; width: number; y: number }): TemplateResult =>
    svg`<rect class="whole" x="0" y=${y} width="100%" height="16"></rect>
      <rect class=${kind} x="${from}%" y=${y} width="${width}%" height="16"><title>${source.title}</title></rect>`;
  return html`<svg class="comparison-diagram" width="100%" height="44" role="img" aria-label="How much the two selections overlap">
    ${bar(left, "left", { from: 0, width: leftOnly + both, y: 2 })}
    ${bar(right, "right", { from: leftOnly, width: both + rightOnly, y: 26 })}
    <line class="edge-line" x1="${leftOnly}%" x2="${leftOnly}%" y1="0" y2="44"></line>
    <line class="edge-line" x1="${leftOnly + both}%" x2="${leftOnly + both}%" y1="0" y2="44"></line>
  </svg>`;
}

/** What held before each operation, the newest first. Before an operation is after the one that came before it. */
export function sourcesBefore(operations: readonly ListedOperation[]): (NamedSource & { readonly time: string })[] {
  const isNewestLast = (operations[0]?.time ?? "") < (operations.at(-1)?.time ?? "");
  const newestFirst = isNewestLast ? operations.toReversed() : operations;
  return newestFirst.map(({ summary, time }, at) => ({
    title: `before “${summary}”`,
    time,
    source: { kind: "operation", operation: newestFirst[at + 1]?.operation ?? null },
  }));
}
