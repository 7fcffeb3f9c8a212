import type { Thumbnail, Thumbnails } from "../thumbnails.ts";

/**
 * `<winnow-thumbnail>`: a sample's small picture. Set the properties `source`, `sample`, `side` and `alt`. It fills its box, shows a plain
 * ground until the picture is here, and a sign with the reason where there is none.
 */
export class ThumbnailElement extends HTMLElement {
  source: Thumbnails | undefined;
  alt = "";
  #sample = "";
  #side = 160;
  #unwant: (() => void) | undefined;
  #scheduled = false;

  set sample(sample: string) {
    if (sample === this.#sample) return;
    this.#sample = sample;
    this.#later();
  }

  set side(side: number) {
    if (side === this.#side) return;
    this.#side = side;
    this.#later();
  }

  connectedCallback(): void {
    this.#later();
  }

  disconnectedCallback(): void {
    this.#unwant?.();
    this.#unwant = undefined;
  }

  /** Properties are set one by one: the picture is asked for when all are. */
  #later(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      this.#ask();
    });
  }

  #ask(): void {
    this.#unwant?.();
    this.#unwant = undefined;
    if (!this.isConnected || this.source === undefined || this.#sample === "") return;
    const known = this.source.get(this.#sample, this.#side);
    if (known !== undefined) this.#draw(known);
    else {
      this.#draw(undefined);
      this.#unwant = this.source.want(this.#sample, this.#side, (thumbnail) => this.#draw(thumbnail));
    }
  }

  #draw(thumbnail: Thumbnail | undefined): void {
    this.classList.toggle("failed", thumbnail?.kind === "failed");
    if (thumbnail?.kind === "loaded") {
      const image = this.firstElementChild instanceof HTMLImageElement ? this.firstElementChild : document.createElement("img");
      image.draggable = false;
      image.decoding = "async";
      image.alt = this.alt;
      image.src = thumbnail.url;
      if (image.parentNode !== this) this.replaceChildren(image);
      return;
    }
    const sign = document.createElement("span");
    if (thumbnail !== undefined) {
      sign.className = "codicon codicon-warning";
      sign.title = thumbnail.message;
      sign.role = "img";
      sign.ariaLabel = `No picture: ${thumbnail.message}`;
    }
    this.replaceChildren(sign);
  }
}

/** Makes `<winnow-thumbnail>` known to the page. */
export function registerThumbnail(): void {
  customElements.define("winnow-thumbnail", ThumbnailElement);
}
