import { html, nothing, type TemplateResult } from "lit-html";
import type { EditScope } from "../../src/protocol/captionEdits.ts";
import type { Destination } from "../../src/protocol/panelApi.ts";
import type { PanelContext } from "../context.ts";
import { formatCounted } from "../format.ts";
import { dropdown } from "./dropdown.ts";

/** Where the choice is remembered: it is one for all views that work on captions. */
const detailName = "captionScope";
const bucketPrefix = "bucket:";

/** The captions that a view is about: what is chosen in the gallery, what fits its filter, a bucket, or all. */
export class CaptionScope {
  readonly #context: PanelContext;
  readonly #onChange: () => void;

  constructor(context: PanelContext, onChange: () => void) {
    this.#context = context;
    this.#onChange = onChange;
  }

  /** As a request takes it. */
  get scope(): EditScope {
    const value = this.#value();
    const { where } = this.#context.store.get();
    const chosen = this.#context.chosen();
    if (value === "chosen" && chosen !== null) return { kind: "targets", targets: chosen.targets };
    if (value === "filter" && where !== "") return { kind: "where", where };
    return value.startsWith(bucketPrefix) ? { kind: "bucket", bucket: value.slice(bucketPrefix.length) } : { kind: "dataset" };
  }

  /** Takes what a destination names; a filter is the gallery's by then. */
  take(destination: Destination | undefined): void {
    if (destination?.chosen === true) this.#keep("chosen");
    else if (destination?.bucket !== undefined) this.#keep(`${bucketPrefix}${destination.bucket}`);
    else if (destination?.where !== undefined) this.#keep("filter");
  }

  /** The control, with a label that `id` ties to it; `note` says how many captions that are, where it is known. */
  template(id: string, note?: string): TemplateResult {
    return html`<div class="field-row">
      <label for=${id}>Captions</label>
      ${dropdown({ id, label: "Captions", value: this.#value(), options: this.#options(), onChange: (value) => this.#choose(value) })}
      ${note === undefined ? nothing : html`<p class="field-note quiet">${note}</p>`}
    </div>`;
  }

  #choose(value: string): void {
    this.#keep(value);
    this.#onChange();
  }

  #keep(value: string): void {
    this.#context.store.setDetail(detailName, value);
  }

  /** What was chosen, where it can be had now; else what is the nearest to it. */
  #value(): string {
    const kept = this.#context.store.detail(detailName);
    const known = this.#options().map(({ value }) => value);
    if (typeof kept === "string" && known.includes(kept)) return kept;
    return known.includes("filter") ? "filter" : "dataset";
  }

  #options(): { value: string; title: string }[] {
    const { analysed } = this.#context.snapshot().overview;
    const { where } = this.#context.store.get();
    const chosen = this.#context.chosen();
    const kept = this.#context.store.detail(detailName);
    const buckets = (analysed?.buckets ?? []).filter(({ id, count }) => count > 0 || kept === `${bucketPrefix}${id}`);
    return [
      ...(chosen === null ? [] : [{ value: "chosen", title: chosen.about }]),
      ...(where === "" ? [] : [{ value: "filter", title: `The gallery’s filter: ${where}` }]),
      { value: "dataset", title: `Whole dataset: ${formatCounted(analysed?.captions ?? 0, "caption")}` },
      ...buckets.map(({ id, title, count, unit }) => ({
        value: `${bucketPrefix}${id}`,
        title: `${title}: ${formatCounted(count, unit === "pair" ? "pair" : "picture")}`,
      })),
    ];
  }
}
