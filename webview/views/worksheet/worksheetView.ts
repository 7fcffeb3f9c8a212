import { html, render } from "lit-html";
import type { WorksheetPlace } from "../../../src/core/rewriters/worksheet.ts";
import type { Destination, PanelAction } from "../../../src/protocol/panelApi.ts";
import type { PanelContext, View } from "../../context.ts";
import { CaptionScope } from "../../parts/captionScope.ts";
import { createZoomPicture } from "../../parts/zoomPicture.ts";
import { createSlot } from "../../slots.ts";
import { counts, parseDetail, type Sheet, type WorksheetDetail } from "./detail.ts";
import { SaveQueue } from "./saveQueue.ts";
import { setupTemplate, sheetTemplate } from "./sheetTemplate.ts";
import { writtenList } from "./writtenList.ts";

const siblingCount = 4;

/** The view of the blind worksheet: a person describes pictures beside their nearest siblings, and does not see the old captions. */
export class WorksheetView implements View {
  readonly id = "worksheet";
  readonly element = document.createElement("section");
  readonly #context: PanelContext;
  readonly #scope: CaptionScope;
  readonly #queue: SaveQueue;
  readonly #picture;
  readonly #siblingSlot = createSlot();
  readonly #oldSlot = createSlot();
  #detail: WorksheetDetail;
  #siblings: { readonly sample: string; readonly found: readonly string[] | undefined; readonly failure: string | null } | undefined;
  #old: string | undefined;
  #isBusy = false;
  #isShown = false;

  constructor(context: PanelContext) {
    this.#context = context;
    this.#detail = parseDetail(context.store.detail("worksheet"));
    this.#scope = new CaptionScope(context, () => this.#draw());
    this.#picture = createZoomPicture(context);
    this.#queue = new SaveQueue(
      {
        save: ({ place, caption, isSeen }) => this.#propose(place, caption, isSeen),
        onChange: (written) => this.#change({ written }),
      },
      this.#detail.written,
    );
    this.element.className = "worksheet";
  }

  show(destination?: Destination): void {
    this.#isShown = true;
    this.#scope.take(destination);
    this.#queue.retry();
    if (this.#isWriting()) this.#lookAt();
    this.#draw();
  }

  hide(): void {
    this.#isShown = false;
    this.#siblingSlot.stop();
    this.#siblings = undefined;
    this.#picture.show(null, "");
  }

  onSnapshot(): void {
    this.#draw();
  }

  /** While a person writes the page's actions would tell what is to be described blind. */
  perform(action: PanelAction): boolean {
    return this.#isWriting() ? action !== "undo" : action !== "undo" && action !== "focusFilter" && action !== "toggleInspector";
  }

  #isWriting(): boolean {
    const { sheet } = this.#detail;
    return sheet !== null && sheet.at < sheet.places.length;
  }

  #draw(): void {
    if (!this.#isShown) return;
    if (this.#context.snapshot().overview.analysed === null) {
      render(html`<p class="work-empty quiet">There are no captions to write anew yet: analyse the dataset first</p>`, this.element);
      return;
    }
    const { sheet } = this.#detail;
    const list = writtenList({
      written: this.#queue.written,
      thumbnails: this.#context.thumbnails,
      onRetry: () => this.#queue.retry(),
      onLeaveOut: (written) => this.#queue.leaveOut(written),
      onReview: () => this.#context.go({ view: "rewrites" }),
    });
    render(html`${sheet !== null && this.#isWriting() ? this.#sheet(sheet) : this.#setup()}${list}`, this.element);
  }

  #setup() {
    this.#picture.show(null, "");
    return setupTemplate({
      scope: this.#scope.template("sheet-scope"),
      detail: this.#detail,
      isBusy: this.#isBusy,
      whyNot: this.#whyNot(),
      onCount: (text) => this.#change({ count: wholeFrom(text, this.#detail.count, { from: counts.least, to: counts.most }) }),
      onSeed: (text) => this.#change({ seed: wholeFrom(text, this.#detail.seed, { from: 0, to: 2 ** 31 }) }),
      onBegin: () => void this.#begin(),
    });
  }

  #sheet(sheet: Sheet) {
    const { sample } = sheet.places[sheet.at]!;
    this.#picture.show(sample, "The picture to describe");
    return sheetTemplate({
      sheet,
      picture: this.#picture.element,
      siblings: this.#siblings?.found,
      siblingFailure: this.#siblings?.failure ?? null,
      thumbnails: this.#context.thumbnails,
      draft: this.#detail.draft,
      old: this.#old,
      onDraft: (draft) => this.#change({ draft }),
      onSave: () => this.#save(),
      onPass: () => this.#goTo(sheet.at + 1),
      onShowOld: () => void this.#showOld(sheet.places[sheet.at]!),
      onEnd: () => this.#end(),
    });
  }

  #whyNot(): string | undefined {
    const { overview, trusted } = this.#context.snapshot();
    if (overview.readOnly !== null) return overview.readOnly;
    return trusted ? undefined : "This workspace is not trusted: nothing is kept";
  }

  #change(change: Partial<WorksheetDetail>): void {
    this.#detail = { ...this.#detail, ...change };
    this.#context.store.setDetail("worksheet", this.#detail);
    this.#draw();
  }

  async #begin(): Promise<void> {
    const { count, seed } = this.#detail;
    if (this.#isBusy) return;
    this.#isBusy = true;
    this.#draw();
    try {
      const places = await this.#context.host.call("drawWorksheet", { scope: this.#scope.scope, count, seed });
      if (places.length === 0) this.#context.tell("No caption could be drawn: there is none that may be written anew");
      else {
        this.#queue.clear();
        this.#change({ seed: seed + 1, sheet: { places, at: 0 }, draft: "", isSeen: false });
        this.#lookAt();
      }
    } catch (error) {
      this.#context.fail(error);
    }
    this.#isBusy = false;
    this.#draw();
    this.#focusField();
  }

  #save(): void {
    const { sheet, draft, isSeen } = this.#detail;
    const place = sheet?.places[sheet.at];
    if (sheet === null || place === undefined || draft.trim() === "") return;
    this.#queue.add({ place, caption: draft.trim(), isSeen, saved: null, failure: null });
    this.#goTo(sheet.at + 1);
  }

  #goTo(at: number): void {
    const { sheet } = this.#detail;
    if (sheet === null) return;
    this.#change({ sheet: { ...sheet, at }, draft: "", isSeen: false });
    if (this.#isWriting()) this.#lookAt();
    this.#draw();
    this.#focusField();
  }

  #end(): void {
    this.#change({ sheet: null, draft: "", isSeen: false });
    this.#focusField();
  }

  #focusField(): void {
    this.element.querySelector<HTMLElement>("#sheet-caption, #sheet-title")?.focus();
  }

  /** Begins with the place that is to be described: the inspector would tell what it says. */
  #lookAt(): void {
    this.#context.inspect(null);
    const { sheet, isSeen } = this.#detail;
    const place = sheet!.places[sheet!.at]!;
    this.#old = undefined;
    this.#oldSlot.stop();
    if (isSeen) void this.#showOld(place);
    void this.#findSiblings(place.sample);
  }

  async #findSiblings(sample: string): Promise<void> {
    this.#siblings = { sample, found: undefined, failure: null };
    try {
      const nearest = await this.#siblingSlot.run((signal) =>
        this.#context.host.call("nearest", { sample, limit: siblingCount }, { signal }),
      );
      if (nearest === undefined) return;
      this.#siblings = { sample, found: nearest.images.map((image) => image.sample), failure: null };
    } catch (error) {
      this.#siblings = { sample, found: undefined, failure: error instanceof Error ? error.message : String(error) };
    }
    this.#draw();
  }

  /** Shows the old caption; what is written from then on was not written blind, and is kept so. */
  async #showOld({ sample, captionIndex }: WorksheetPlace): Promise<void> {
    try {
      const inspection = await this.#oldSlot.run((signal) => this.#context.host.call("inspect", { sample }, { signal }));
      if (inspection === undefined) return;
      this.#old = inspection.row.captions.find((caption) => caption.captionIndex === captionIndex)?.text ?? "";
      this.#change({ isSeen: true });
    } catch (error) {
      this.#context.fail(error);
    }
    this.#focusField();
  }

  #propose({ sample, captionIndex, captionHash }: WorksheetPlace, caption: string, isSeen: boolean) {
    const proposal = { sample, captionIndex, was: { captionHash }, caption, preset: isSeen ? "seen" : "blind" } as const;
    return this.#context.host.call("proposeCaption", proposal);
  }
}

function wholeFrom(text: string, before: number, { from, to }: { from: number; to: number }): number {
  const value = Number(text.trim());
  return text.trim() !== "" && Number.isInteger(value) ? Math.min(to, Math.max(from, value)) : before;
}
