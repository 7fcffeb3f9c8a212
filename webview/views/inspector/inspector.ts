import { html, nothing, render, type TemplateResult } from "lit-html";
import type { GroupKind } from "../../../src/core/group.ts";
import type { GalleryCaption } from "../../../src/protocol/gallery.ts";
import type { Inspection, Nearest } from "../../../src/protocol/inspection.ts";
import type { PanelSnapshot } from "../../../src/protocol/panelApi.ts";
import type { InspectorPane } from "../../app.ts";
import type { PanelContext } from "../../context.ts";
import { formatCounted, formatValue } from "../../format.ts";
import { createZoomPicture } from "../../parts/zoomPicture.ts";
import { createSlot } from "../../slots.ts";
import { captionTemplate, tokenListTemplate } from "./caption.ts";
import { signalsTemplate } from "./signals.ts";
import { createWordsPane } from "./words.ts";

const nearestCount = 6;

/** Makes the inspector: all that is known of one sample, and its captions to edit. */
export function createInspector(context: PanelContext): InspectorPane {
  return new Inspector(context);
}

class Inspector implements InspectorPane {
  readonly element = document.createElement("div");
  readonly #context: PanelContext;
  readonly #picture;
  readonly #words;
  readonly #slots = { inspect: createSlot(), nearest: createSlot() };
  #sample: string | null = null;
  #inspection: Inspection | undefined;
  #nearest: Nearest | undefined;
  #nearestFailure: string | undefined;
  #failure: string | undefined;
  #captionIndex: number | undefined;
  /** The caption that is to be edited once the sample is there. */
  #wanted: number | undefined;
  #draft: { readonly captionIndex: number; readonly text: string } | undefined;
  /** Captions that were changed here since the analysis, which tells the text before until the next run. */
  readonly #edits = new Map<number, { readonly text: string; readonly operation: string }>();

  constructor(context: PanelContext) {
    this.#context = context;
    this.#picture = createZoomPicture(context);
    this.#words = createWordsPane(context, () => this.#draw());
    this.element.className = "inspector";
    this.element.addEventListener("keydown", (event) => this.#onKey(event));
  }

  show(sample: string | null): void {
    if (sample === this.#sample) return;
    this.#sample = sample;
    this.#inspection = undefined;
    this.#nearest = undefined;
    this.#nearestFailure = undefined;
    this.#captionIndex = undefined;
    this.#draft = undefined;
    this.#wanted = undefined;
    this.#edits.clear();
    this.#picture.show(sample, sample ?? "");
    this.#draw();
    if (sample !== null) void this.#load(sample);
  }

  edit(captionIndex: number): void {
    this.#wanted = captionIndex;
    this.#draftWanted();
    this.#draw();
  }

  onSnapshot({ overview }: PanelSnapshot, { overview: before }: PanelSnapshot): void {
    const isAnalysedAnew = overview.analysed?.generation !== before.analysed?.generation;
    if (isAnalysedAnew) {
      this.#edits.clear();
      this.#words.forget();
    }
    if (this.#sample !== null && (isAnalysedAnew || overview.state !== before.state)) void this.#load(this.#sample);
  }

  async #load(sample: string): Promise<void> {
    const { host } = this.#context;
    try {
      const inspection = await this.#slots.inspect.run((signal) => host.call("inspect", { sample }, { signal }));
      if (inspection === undefined || this.#sample !== sample) return;
      this.#inspection = inspection;
      this.#failure = undefined;
      this.#draftWanted();
      this.#picture.show(sample, inspection.row.captions[0]?.text ?? sample);
    } catch (error) {
      this.#failure = error instanceof Error ? error.message : String(error);
    }
    this.#draw();
    if (this.#inspection !== undefined && this.#nearest === undefined) await this.#loadNearest(sample);
  }

  #draftWanted(): void {
    const [inspection, wanted] = [this.#inspection, this.#wanted];
    if (inspection === undefined || wanted === undefined) return;
    this.#wanted = undefined;
    const caption = inspection.row.captions.find(({ captionIndex }) => captionIndex === wanted);
    const isEditable = inspection.captions.some(({ captionIndex, editable }) => captionIndex === wanted && editable === null);
    this.#captionIndex = wanted;
    if (caption !== undefined && isEditable) this.#draft = { captionIndex: wanted, text: this.#withEdit(caption).text };
  }

  /** A model's answer: it may take a while the first time, so it comes after the rest. */
  async #loadNearest(sample: string): Promise<void> {
    try {
      const nearest = await this.#slots.nearest.run((signal) =>
        this.#context.host.call("nearest", { sample, limit: nearestCount }, { signal }),
      );
      if (nearest === undefined || this.#sample !== sample) return;
      this.#nearest = nearest;
    } catch (error) {
      this.#nearestFailure = error instanceof Error ? error.message : String(error);
    }
    this.#draw();
  }

  #onKey(event: KeyboardEvent): void {
    if (event.key !== "Escape" || event.defaultPrevented) return;
    event.preventDefault();
    this.#context.inspect(null);
  }

  #draw(): void {
    render(this.#sample === null ? nothing : this.#template(this.#sample), this.element);
    this.#words.look(this.#sample ?? "", this.#inspection === undefined ? undefined : this.#textOf(this.#inspection));
  }

  /** What the caption that is looked at says now. */
  #textOf(inspection: Inspection): string | undefined {
    const index = this.#about(inspection)?.captionIndex;
    const caption = inspection.row.captions.find(({ captionIndex }) => captionIndex === index);
    return caption === undefined ? undefined : this.#withEdit(caption).text;
  }

  #template(sample: string): TemplateResult {
    const inspection = this.#inspection;
    const name = sample.split("/").pop() ?? sample;
    return html`
      <div class="inspector-head">
        <h2 title=${sample}>${name}</h2>
        <vscode-button
          appearance="icon"
          aria-label="Find similar pictures"
          title="Find similar pictures"
          @click=${() => this.#context.store.set({ view: "gallery", search: { kind: "sample", sample } })}
          ><span class="codicon codicon-search-fuzzy"></span
        ></vscode-button>
        <vscode-button
          appearance="icon"
          aria-label="Open the picture beside"
          title="Open the picture beside"
          @click=${() => this.#openFile("picture", 0)}
          ><span class="codicon codicon-go-to-file"></span
        ></vscode-button>
        <vscode-button appearance="icon" aria-label="Close the inspector" title="Close (Escape)" @click=${() => this.#context.inspect(null)}
          ><span class="codicon codicon-close"></span
        ></vscode-button>
      </div>
      ${this.#picture.element}
      ${this.#failure === undefined ? nothing : html`<p class="inspector-failure" role="alert">${this.#failure}</p>`}
      ${inspection === undefined ? nothing : this.#body(inspection)}
    `;
  }

  #body(inspection: Inspection): TemplateResult {
    const about = this.#about(inspection);
    const { sample } = inspection.row;
    const text = this.#textOf(inspection);
    return html`
      <div class="facts quiet">${factsOf(inspection).join(" · ")}</div>
      <div class="decide" role="group" aria-label="Verdict on the picture">
        ${(["keep", "drop", "review", "clear"] as const).map(
          (decision) =>
            html`<vscode-button appearance="secondary" @click=${() => this.#decide(decision)}
              >${{ keep: "Keep", drop: "Drop", review: "Review", clear: "Clear" }[decision]}</vscode-button
            >`,
        )}
      </div>
      <ul class="captions">
        ${inspection.row.captions.map((caption) => this.#caption(inspection, this.#withEdit(caption)))}
      </ul>
      ${text === undefined ? nothing : this.#words.template(sample, text)}
      ${about === undefined ? nothing : section("Signals", signalsTemplate(about.standings, this.#descriptors()))}
      ${about?.tokens === null || about === undefined ? nothing : fold("Tokens", tokenListTemplate(about.tokens))}
      ${inspection.problems.length === 0 ? nothing : section("Problems", problemsTemplate(inspection))}
      ${inspection.groups.length === 0 ? nothing : section("Groups", this.#groups(inspection))} ${this.#nearestSections(inspection)}
      ${inspection.history.length === 0 ? nothing : fold("History", historyTemplate(inspection))}
    `;
  }

  #about({ captions }: Inspection): Inspection["captions"][number] | undefined {
    return captions.find(({ captionIndex }) => captionIndex === this.#captionIndex) ?? captions[0];
  }

  #descriptors(): NonNullable<NonNullable<PanelSnapshot["overview"]["analysed"]>["fields"][number]["signal"]>[] {
    const fields = this.#context.snapshot().overview.analysed?.fields ?? [];
    return fields.flatMap(({ signal }) => (signal === null ? [] : [signal]));
  }

  /** A caption as it stands in its file now: an edit that was undone is none. */
  #withEdit(caption: GalleryCaption): GalleryCaption {
    const edit = this.#edits.get(caption.captionIndex);
    const operation = this.#context.snapshot().overview.operations.find((known) => known.operation === edit?.operation);
    const stands = edit !== undefined && (operation === undefined || operation.state === "done" || operation.state === "open");
    return stands ? { ...caption, text: edit.text } : caption;
  }

  #caption(inspection: Inspection, caption: GalleryCaption): TemplateResult {
    const { captionIndex } = caption;
    const isSelected = this.#about(inspection)?.captionIndex === captionIndex;
    return captionTemplate({
      caption,
      about: inspection.captions.find((other) => other.captionIndex === captionIndex),
      explained: this.#words.explained(inspection.row.sample, caption.text),
      selected: isSelected && inspection.row.captions.length > 1,
      draft: this.#draft?.captionIndex === captionIndex ? this.#draft.text : undefined,
      onSelect: () => {
        this.#captionIndex = captionIndex;
        this.#draw();
      },
      onDraft: (text) => {
        this.#draft = text === undefined ? undefined : { captionIndex, text };
        this.#draw();
      },
      onSave: () => void this.#save(caption),
      onOpen: () => this.#openFile("caption", captionIndex),
    });
  }

  async #save({ captionIndex, text: before }: GalleryCaption): Promise<void> {
    const [sample, draft] = [this.#sample, this.#draft];
    if (sample === null || draft === undefined) return;
    try {
      const { operation, file } = await this.#context.host.call("editCaption", { sample, captionIndex, before, after: draft.text });
      this.#draft = undefined;
      if (operation !== null) this.#edits.set(captionIndex, { text: draft.text, operation });
      if (operation !== null) this.#context.tell(`Saved the caption in ${file.split(/[\\/]/).pop() ?? file}`, { undo: true });
      await this.#load(sample);
    } catch (error) {
      this.#context.fail(error);
    }
  }

  #decide(decision: "keep" | "drop" | "review" | "clear"): void {
    if (this.#sample === null) return;
    void this.#context.decide({ kind: "named", pairs: [{ sample: this.#sample, captionIndex: null }] }, decision);
  }

  #openFile(what: "picture" | "caption", captionIndex: number): void {
    if (this.#sample === null) return;
    this.#context.host.call("openFile", { sample: this.#sample, what, captionIndex }).catch((error: unknown) => this.#context.fail(error));
  }

  #groups({ groups }: Inspection): TemplateResult {
    return html`<ul class="plain-list">
      ${groups.map(
        ({ id, kind, name, members }) =>
          html`<li>
            <button class="link" @click=${() => this.#context.go({ view: "groups", kind, group: id })}>${kindNames[kind]}: ${name}</button>
            <span class="quiet">${formatCounted(members, "member")}</span>
          </li>`,
      )}
    </ul>`;
  }

  #nearestSections({ row }: Inspection): TemplateResult {
    if (this.#nearestFailure !== undefined) return section("Nearest", html`<p class="quiet">${this.#nearestFailure}</p>`);
    if (this.#nearest === undefined) return section("Nearest", html`<p class="quiet">Looking…</p>`);
    const { images, captions } = this.#nearest;
    const own =
      row.captions.map(({ signals }) => signals["clipScore"]).find((score): score is number => typeof score === "number") ?? -Infinity;
    return html`${section(
      "Nearest pictures",
      html`<ul class="nearest-pictures">
        ${images.map(
          ({ sample, score }) =>
            html`<li>
              <button class="picture-button" title=${sample} @click=${() => this.#context.inspect(sample)}>
                <winnow-thumbnail .source=${this.#context.thumbnails} .sample=${sample} .side=${160} .alt=${sample}></winnow-thumbnail>
                <span class="quiet">${formatValue(score, "cosine")}</span>
              </button>
            </li>`,
        )}
      </ul>`,
    )}
    ${section(
      "Nearest captions of other pictures",
      html`<ul class="plain-list">
        ${captions.map(
          ({ sample, text, score }) =>
            html`<li>
              <button class="link" title=${sample} @click=${() => this.#context.inspect(sample)}>${text}</button>
              <span
                class="score ${score > own ? "low" : "unknown"}"
                title=${score > own ? "Fits better than the own caption" : "Fits less well than the own caption"}
                >${formatValue(score, "cosine")}</span
              >
            </li>`,
        )}
      </ul>`,
    )}`;
  }
}

const kindNames: Readonly<Record<GroupKind, string>> = {
  duplicate: "Same file",
  pixelDuplicate: "Same pixels",
  nearDuplicate: "Near-duplicates",
  sameCaption: "Same caption",
  sameImage: "Same picture",
  confusable: "Confusable",
  concept: "Concept",
  falseNegative: "Possible false negatives",
};

function section(title: string, content: TemplateResult): TemplateResult {
  return html`<section class="inspector-section">
    <h3>${title}</h3>
    ${content}
  </section>`;
}

function fold(title: string, content: TemplateResult): TemplateResult {
  return html`<details class="inspector-section">
    <summary>${title}</summary>
    ${content}
  </details>`;
}

function factsOf({ row, format, sizeBytes, orientation, frames }: Inspection): string[] {
  return [
    row.width === null || row.height === null ? "can't be decoded" : `${row.width} × ${row.height}`,
    format ?? "",
    sizeBytes >= 1_000_000 ? `${(sizeBytes / 1e6).toFixed(1)} MB` : `${Math.ceil(sizeBytes / 1000)} KB`,
    orientation !== null && orientation > 1 ? `turned by EXIF (${orientation})` : "",
    frames !== null && frames > 1 ? formatCounted(frames, "frame") : "",
    row.split ?? "",
  ].filter((fact) => fact !== "");
}

function problemsTemplate({ problems }: Inspection): TemplateResult {
  return html`<ul class="plain-list">
    ${problems.map(({ severity, message, hint }) => html`<li class="problem ${severity}">${message}. <span class="quiet">${hint}</span></li>`)}
  </ul>`;
}

function historyTemplate({ history }: Inspection): TemplateResult {
  return html`<ul class="plain-list">
    ${history.map(({ time, by, summary, state }) => {
      const isBack = state === "undone" || state === "partlyUndone";
      return html`<li>
        <span class="quiet">${new Date(time).toLocaleString()}, ${by}</span><br />${summary}${isBack ? " (undone)" : ""}
      </li>`;
    })}
  </ul>`;
}
