import { nothing, render } from "lit-html";
import type { Decision } from "../../../src/core/verdict.ts";
import type { GalleryRow, Ranges, Unit } from "../../../src/protocol/gallery.ts";
import type { Field } from "../../../src/protocol/overview.ts";
import type { Place } from "../../parts/popover.ts";
import { cardTile, gridTile, listRow, type RowLook, tileFields } from "../../parts/rowTile.ts";
import type { Thumbnails } from "../../thumbnails.ts";
import { advance, choose, chooseAll, type Choice, type ChoiceMode, emptyChoice, targetsOf } from "./choice.ts";
import type { Order } from "./fields.ts";
import { listHead } from "./listHead.ts";
import { modeOfClick, modeOfMove, positionAfterKey } from "./moves.ts";
import { hasPosition } from "./ranges.ts";
import { RowPages } from "./rowPages.ts";
import { captionLines, type Layout, listRowPx, type Span, tile } from "./tiling.ts";
import { type ThumbnailSide, thumbnailSides } from "../../../src/core/pixels/thumbnailSides.ts";
import { VirtualTiles } from "./virtualTiles.ts";

/** How the rows are laid out and what of them is shown. `order` is null where a search orders them. */
export interface ListLook {
  readonly layout: Layout;
  readonly density: ThumbnailSide;
  readonly columns: readonly Field[];
  readonly unit: Unit;
  readonly order: Order | null;
}

/** Where rows come from, and who hears of what a person does with them. */
export interface RowListOptions {
  readonly thumbnails: Thumbnails;
  readonly read: (span: Span, fields: readonly string[], signal: AbortSignal) => Promise<readonly GalleryRow[]>;
  readonly onError: (error: unknown) => void;
  readonly onChoice: (choice: { readonly byPerson: boolean }) => void;
  readonly onRest: () => void;
  readonly onInspect: (sample: string) => void;
  readonly onMenu: (place: Place) => void;
  readonly onSort: (field: string) => void;
}

const textLinePx = 17;

/** After a jump more jumps follow, as a rule: rows are asked for when it stays that long. */
const jumpMs = 60;

/** The rows of a list on the page: drawn where they are seen, chosen by mouse and keyboard. */
export class RowList {
  readonly #options: RowListOptions;
  readonly #tiles: VirtualTiles;
  readonly #pages: RowPages;
  #look: ListLook = { layout: "grid", density: 160, columns: [], unit: "pair", order: null };
  #rowLook: RowLook;
  #count = 0;
  #choice: Choice = emptyChoice();
  #told: string | null = null;
  #jumpTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: RowListOptions) {
    this.#options = options;
    this.#rowLook = { thumbnails: options.thumbnails, side: 160, captions: 1, columns: [] };
    this.#pages = new RowPages({
      read: (span, signal) => options.read(span, this.#wantedFields(), signal),
      onRows: () => this.#tiles.redraw(),
      onError: options.onError,
    });
    this.#tiles = new VirtualTiles({
      tile: (widthPx) => tile(this.#count, widthPx, this.#look),
      draw: (element, position) => this.#draw(element, position),
      onSpan: (seen, around, far) => this.#want({ seen, around, far }),
      onRest: options.onRest,
      focused: () => this.#choice.focus,
    });
    this.#listen();
  }

  get element(): HTMLElement {
    return this.#tiles.element;
  }

  get place(): { readonly top: number; readonly focus: number } {
    return { top: this.#tiles.top, focus: Math.max(0, this.#choice.focus) };
  }

  get chosen(): Ranges {
    return this.#choice.chosen;
  }

  /** What an action is about. */
  get targets(): Ranges {
    return targetsOf(this.#choice, this.#count);
  }

  /** The row where the keyboard stands, where it is here. */
  get focusedRow(): GalleryRow | undefined {
    return this.#pages.get(this.#choice.focus);
  }

  /** Puts the scroll bar where it was: a browser forgets it of what is out of the page. */
  restoreScroll(): void {
    this.#tiles.restoreScroll();
  }

  /** Shows another list. */
  open(count: number, { top, focus }: { top: number; focus: number }): void {
    this.#count = count;
    this.#choice = emptyChoice(Math.min(focus, count - 1));
    this.#pages.reset(count);
    this.#tiles.layOut(top);
    this.#tellCount();
    this.#options.onChoice({ byPerson: false });
  }

  setLook(look: ListLook): void {
    const { top } = this.#tiles;
    const before = this.#wantedFields();
    this.#look = look;
    this.#rowLook = rowLookOf(look, this.#options.thumbnails);
    if (this.#wantedFields().some((field) => !before.includes(field))) this.#pages.markStale();
    this.element.dataset["layout"] = look.layout;
    this.element.role = look.layout === "list" ? "grid" : "listbox";
    this.element.ariaLabel = look.unit === "pair" ? "Pairs" : "Pictures";
    this.element.ariaMultiSelectable = "true";
    this.#drawHead();
    this.#tiles.layOut(top);
    this.#tellCount();
  }

  /** Reads what is shown again; until it is here, what is known stays. */
  refetch(): void {
    this.#pages.markStale();
    this.#tiles.tellSpan();
  }

  /** Shows a person's verdict before the engine has said it. */
  showVerdicts(ranges: Ranges, decision: Decision): void {
    this.#pages.setVerdicts(ranges, decision);
    this.#tiles.redraw();
  }

  /** Goes on after an action. */
  advance(): void {
    this.#setChoice(advance(this.#choice, this.#count));
  }

  chooseAll(): void {
    this.#setChoice(chooseAll(this.#choice, this.#count));
  }

  #wantedFields(): string[] {
    return [...new Set([...tileFields, ...this.#look.columns.map(({ name }) => name)])];
  }

  #want({ seen, around, far }: { seen: Span; around: Span; far: boolean }): void {
    this.#tellFocused();
    clearTimeout(this.#jumpTimer);
    if (far) this.#jumpTimer = setTimeout(() => this.#pages.want(seen, around), jumpMs);
    else this.#pages.want(seen, around);
  }

  #tellCount(): void {
    const { element } = this;
    element.ariaRowCount = this.#look.layout === "list" ? String(this.#count + 1) : null;
    element.ariaColCount = this.#look.layout === "list" ? String(4 + this.#look.columns.length) : null;
    this.#markAll();
  }

  #draw(element: HTMLElement, position: number): void {
    const row = this.#pages.get(position);
    const { layout, unit } = this.#look;
    const verdict = unit === "pair" ? row?.captions[0]?.verdict : row?.verdict;
    element.classList.toggle("skeleton", row === undefined);
    element.classList.toggle("dropped", verdict === "drop");
    element.id = `gallery-row-${position}`;
    if (layout === "list") {
      element.role = "row";
      element.ariaRowIndex = String(position + 2); // the head is the first
      element.ariaPosInSet = null;
      element.ariaSetSize = null;
    } else {
      element.role = "option";
      element.ariaRowIndex = null;
      element.ariaPosInSet = String(position + 1);
      element.ariaSetSize = String(this.#count);
    }
    render(templates[layout](row, this.#rowLook), element);
    this.#mark(element, position);
  }

  #mark(element: HTMLElement, position: number): void {
    const isChosen = hasPosition(this.#choice.chosen, position);
    element.ariaSelected = String(isChosen);
    element.classList.toggle("chosen", isChosen);
    element.classList.toggle("focused", position === this.#choice.focus);
  }

  #markAll(): void {
    this.#tiles.forEach((element, position) => this.#mark(element, position));
    this.#tellFocused();
  }

  /** Names the focused row to screen readers while it is in the page. */
  #tellFocused(): void {
    const id = this.#tiles.elementOf(this.#choice.focus)?.id ?? null;
    if (id === this.#told) return;
    this.#told = id;
    if (id === null) this.element.removeAttribute("aria-activedescendant");
    else this.element.setAttribute("aria-activedescendant", id);
  }

  #setChoice(choice: Choice): void {
    const moved = choice.focus !== this.#choice.focus;
    this.#choice = choice;
    if (moved && this.#count > 0) this.#tiles.reveal(choice.focus);
    this.#markAll();
    this.#options.onChoice({ byPerson: true });
  }

  #go(position: number, mode: ChoiceMode): void {
    this.#setChoice(choose(this.#choice, position, mode));
  }

  #listen(): void {
    const { element } = this;
    element.addEventListener("keydown", (event) => {
      if (event.target === element && this.#onKey(event)) event.preventDefault();
    });
    element.addEventListener("click", (event) => {
      const position = this.#tiles.positionOf(event.target);
      if (position !== undefined) this.#go(position, modeOfClick(event));
    });
    element.addEventListener("dblclick", (event) => {
      if (this.#tiles.positionOf(event.target) !== undefined) this.#inspect();
    });
    element.addEventListener("contextmenu", (event) => {
      const position = this.#tiles.positionOf(event.target);
      if (position === undefined) return;
      event.preventDefault();
      this.#go(position, hasPosition(this.#choice.chosen, position) ? "focusOnly" : "alone");
      this.#options.onMenu({ xPx: event.clientX, yPx: event.clientY });
    });
    element.addEventListener("copy", (event) => {
      const texts = this.focusedRow?.captions.map(({ text }) => text);
      if (texts === undefined || event.target !== element) return;
      event.clipboardData?.setData("text/plain", texts.join("\n"));
      event.preventDefault();
    });
  }

  #onKey(event: KeyboardEvent): boolean {
    if (event.altKey) return false;
    const to = positionAfterKey(event.key, this.#choice.focus, this.#tiles.tiling, this.#tiles.viewportPx);
    if (to !== undefined) {
      this.#go(to, modeOfMove(event));
      return true;
    }
    switch (event.key) {
      case " ":
        this.#go(this.#choice.focus, "toggle");
        return true;
      case "Escape":
        if (this.#choice.chosen.length === 0) return false;
        this.#setChoice(emptyChoice(this.#choice.focus));
        return true;
      case "Enter":
        this.#inspect();
        return true;
      case "ContextMenu":
      case "F10":
        if (event.key === "F10" && !event.shiftKey) return false;
        this.#menuAtFocus();
        return true;
      default:
        return false;
    }
  }

  #menuAtFocus(): void {
    const focused = this.#tiles.elementOf(this.#choice.focus);
    if (focused !== undefined) this.#options.onMenu(focused);
  }

  #inspect(): void {
    const sample = this.focusedRow?.sample;
    if (sample !== undefined) this.#options.onInspect(sample);
  }

  #drawHead(): void {
    const { layout, columns, density } = this.#look;
    const { head, element } = this.#tiles;
    head.hidden = layout !== "list";
    element.style.setProperty("--caption-lines", String(captionLines[density]));
    head.role = layout === "list" ? "row" : "presentation";
    head.ariaRowIndex = layout === "list" ? "1" : null;
    const picturePx = listRowPx[density] + 12;
    element.style.setProperty("--list-columns", `30px ${picturePx}px minmax(160px, 1fr) repeat(${columns.length}, 88px) 24px`);
    element.style.setProperty("--list-width", `${30 + picturePx + 160 + columns.length * 88 + 24 + (columns.length + 3) * 8}px`);
    render(layout === "list" ? listHead(this.#look, this.#options.onSort) : nothing, head);
  }
}

const templates = { grid: gridTile, columns: cardTile, list: listRow } as const;

function rowLookOf({ layout, density, columns }: ListLook, thumbnails: Thumbnails): RowLook {
  const shownPx = (layout === "list" ? listRowPx[density] : density) * Math.min(2, window.devicePixelRatio);
  const side = thumbnailSides.find((known) => known >= shownPx) ?? 384;
  const captions = layout === "grid" ? 1 : layout === "list" ? Math.max(1, Math.floor(listRowPx[density] / textLinePx) - 1) : 40;
  return { thumbnails, side, captions, columns };
}
