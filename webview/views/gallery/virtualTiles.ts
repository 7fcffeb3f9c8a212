import { judgePlace, placeAfterScroll, placeAt, type ScrollExtent, type ScrollPlace, spacerPx } from "./scrollScale.ts";
import { cornerOf, offsetOfTop, offsetShowing, type Span, spanSeen, type Tiling, topPosition } from "./tiling.ts";

/** What the tiles are filled with, and who hears of scrolling. */
export interface TilesOptions {
  /** How the positions are laid out over a width. */
  readonly tile: (widthPx: number) => Tiling;
  /** Fills a tile, which may have shown another position before. */
  readonly draw: (element: HTMLElement, position: number) => void;
  /** Says what is seen now and what lies around it; `far` after a jump, when more jumps may follow at once. */
  readonly onSpan: (seen: Span, around: Span, far: boolean) => void;
  /** The scrolling has come to rest. */
  readonly onRest: () => void;
  /** The position that a person works on: where it is seen, it stays in sight when the list's size changes. */
  readonly focused: () => number;
}

const overscanLines = 2;
const restMs = 150;
const mostFree = 80;

/** Beyond this many pixels from where the tiles are counted from, they are counted from anew: browsers round large numbers. */
const farPx = 100_000;

/**
 * A scrolling list of any length of which only the tiles that are seen, and some around them, are in the page. Tiles that leave are used again for
 * those that come. While it scrolls it reads nothing of the page's layout but the scroll bar's place.
 */
export class VirtualTiles {
  /** What scrolls and has the keyboard's focus. */
  readonly element = document.createElement("div");
  /** A place above the tiles that does not scroll. */
  readonly head = document.createElement("div");
  readonly #spacer = document.createElement("div");
  readonly #window = document.createElement("div");
  readonly #clip = document.createElement("div");
  readonly #canvas = document.createElement("div");
  readonly #options: TilesOptions;
  readonly #shown = new Map<number, HTMLElement>();
  readonly #free: HTMLElement[] = [];
  #widthPx = 0;
  #heightPx = 0;
  #viewportPx = 0;
  #tiling: Tiling;
  #place: ScrollPlace = { offsetPx: 0, scrollTopPx: 0 };
  #basePx = 0;
  #restTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: TilesOptions) {
    this.#options = options;
    this.#tiling = options.tile(0);
    this.element.className = "tiles";
    this.element.tabIndex = 0;
    this.#spacer.className = "tiles-spacer";
    this.#window.className = "tiles-window";
    this.#canvas.className = "tiles-canvas";
    this.head.className = "tiles-head";
    this.#clip.className = "tiles-clip";
    this.#clip.append(this.#canvas);
    this.#window.append(this.head, this.#clip);
    this.#spacer.append(this.#window);
    this.element.append(this.#spacer);
    for (const layer of [this.#spacer, this.#window, this.#clip, this.#canvas]) layer.role = "presentation";
    this.element.addEventListener("scroll", () => this.#onScroll(), { passive: true });
    new ResizeObserver(() => this.#onResize()).observe(this.element);
  }

  get tiling(): Tiling {
    return this.#tiling;
  }

  /** The height in which tiles are seen. */
  get viewportPx(): number {
    return this.#viewportPx;
  }

  /** The first position of the topmost line. */
  get top(): number {
    return topPosition(this.#place.offsetPx, this.#tiling);
  }

  /** Lays everything out anew, with `top` in the topmost line. */
  layOut(top: number): void {
    this.#tiling = this.#options.tile(this.#widthPx);
    const { tileWidthPx, tileHeightPx } = this.#tiling;
    this.#window.style.height = `${this.#heightPx}px`;
    this.#viewportPx = this.#clip.clientHeight; // what the head and a scroll bar below leave of it
    this.#spacer.style.height = `${spacerPx(this.#extent) + this.#heightPx - this.#viewportPx}px`;
    this.#canvas.style.setProperty("--tile-width", `${tileWidthPx}px`);
    this.#canvas.style.setProperty("--tile-height", `${tileHeightPx}px`);
    this.#releaseAll();
    this.#goTo(offsetOfTop(Math.min(top, this.#tiling.count), this.#tiling));
  }

  /** Fills all tiles that are in the page again. */
  redraw(): void {
    for (const [position, element] of this.#shown) this.#options.draw(element, position);
  }

  /** Calls something with every tile that is in the page. */
  forEach(visit: (element: HTMLElement, position: number) => void): void {
    for (const [position, element] of this.#shown) visit(element, position);
  }

  elementOf(position: number): HTMLElement | undefined {
    return this.#shown.get(position);
  }

  /** The position of the tile that an event came from. */
  positionOf(target: EventTarget | null): number | undefined {
    const tile = target instanceof Element ? target.closest(".tile") : null;
    if (tile === null) return undefined;
    for (const [position, element] of this.#shown) if (element === tile) return position;
    return undefined;
  }

  /** Scrolls as little as is needed to see a position's tile whole. */
  reveal(position: number): void {
    const offset = offsetShowing(position, { offsetPx: this.#place.offsetPx, heightPx: this.viewportPx }, this.#tiling);
    if (offset !== this.#place.offsetPx) this.#goTo(offset);
  }

  /** Puts the scroll bar where it was: a browser forgets it of what is out of the page. */
  restoreScroll(): void {
    this.#settle();
  }

  /** Tells again what is seen. */
  tellSpan(far = false): void {
    const { seen, around } = this.#spans();
    this.#options.onSpan(seen, around, far);
  }

  get #extent(): ScrollExtent {
    return { contentPx: this.#tiling.contentPx, viewportPx: this.viewportPx };
  }

  #onScroll(): void {
    const scrollTop = this.element.scrollTop;
    if (Math.abs(scrollTop - this.#place.scrollTopPx) < 1) return; // our own move
    const before = this.#place.offsetPx;
    this.#place = placeAfterScroll(this.#place, scrollTop, this.#extent);
    if (judgePlace(this.#place, this.#extent).urgent) this.#settle();
    this.#show(Math.abs(this.#place.offsetPx - before) > this.viewportPx);
    clearTimeout(this.#restTimer);
    this.#restTimer = setTimeout(() => this.#rest(), restMs);
  }

  #rest(): void {
    if (!judgePlace(this.#place, this.#extent).settled) this.#settle();
    this.tellSpan();
    this.#options.onRest();
  }

  #onResize(): void {
    const { clientWidth, clientHeight } = this.element;
    if (clientWidth === 0) this.#heightPx = 0; // out of the page: it is laid out when it comes back
    if (clientWidth === 0 || (clientWidth === this.#widthPx && clientHeight === this.#heightPx)) return;
    const { top } = this;
    const { offsetPx } = this.#place;
    const focused = this.#options.focused();
    const { seen } = this.#spans();
    const wasSeen = this.#heightPx > 0 && focused >= seen.from && focused < seen.to;
    const widthStays = clientWidth === this.#widthPx;
    this.#widthPx = clientWidth;
    this.#heightPx = clientHeight;
    this.layOut(top);
    if (widthStays) this.#goTo(offsetPx);
    if (wasSeen) this.reveal(focused);
  }

  #goTo(offsetPx: number): void {
    this.#place = placeAt(offsetPx, this.#extent);
    this.#settle();
    this.#show(false);
  }

  #settle(): void {
    const { offsetPx, scrollTopPx } = placeAt(this.#place.offsetPx, this.#extent);
    this.element.scrollTop = scrollTopPx;
    this.#place = { offsetPx, scrollTopPx: this.element.scrollTop }; // browsers round it to the screen's pixels
  }

  #spans(): { seen: Span; around: Span } {
    const { offsetPx } = this.#place;
    return {
      seen: spanSeen(offsetPx, this.viewportPx, this.#tiling),
      around: spanSeen(offsetPx, this.viewportPx, this.#tiling, overscanLines),
    };
  }

  #show(far: boolean): void {
    if (this.#heightPx === 0) return; // not in the page yet
    const { offsetPx } = this.#place;
    if (Math.abs(offsetPx - this.#basePx) > farPx) {
      this.#basePx = Math.round(offsetPx);
      this.#releaseAll();
    }
    const { seen, around } = this.#spans();
    for (const [position, element] of this.#shown) {
      if (position >= around.from && position < around.to) continue;
      this.#shown.delete(position);
      this.#free.push(element);
    }
    for (let position = around.from; position < around.to; position += 1) if (!this.#shown.has(position)) this.#put(position);
    this.#parkFree();
    this.#canvas.style.transform = `translateY(${this.#basePx - offsetPx}px)`;
    this.#options.onSpan(seen, around, far);
  }

  #put(position: number): void {
    const element = this.#free.pop() ?? createTile();
    const { xPx, yPx } = cornerOf(position, this.#tiling);
    element.style.transform = `translate(${xPx}px, ${yPx - this.#basePx}px)`;
    this.#shown.set(position, element);
    this.#options.draw(element, position);
    if (!element.isConnected) this.#canvas.append(element);
  }

  #releaseAll(): void {
    this.#free.push(...this.#shown.values());
    this.#shown.clear();
  }

  /** Tiles out of the page want no pictures. */
  #parkFree(): void {
    for (const element of this.#free) if (element.isConnected) element.remove();
    this.#free.length = Math.min(this.#free.length, mostFree);
  }
}

function createTile(): HTMLElement {
  const element = document.createElement("div");
  element.className = "tile";
  return element;
}
