import type { PanelContext } from "../context.ts";
import { createSlot } from "../slots.ts";

/** A sample's picture to look at closely: fits its box; the wheel and + − zoom about a place, dragging moves, a double click goes back. */
export interface ZoomPicture {
  readonly element: HTMLElement;
  show(sample: string | null, alt: string): void;
}

/** The longer side at which a picture is asked for that the page can't open by itself. */
const askedSide = 2048;
const mostZoom = 20;

/** Makes the box of a picture. */
export function createZoomPicture(context: PanelContext): ZoomPicture {
  const element = document.createElement("div");
  element.className = "zoom-picture";
  const image = document.createElement("img");
  image.draggable = false;
  const slot = createSlot();
  let shown: string | null = null;
  let blobUrl: string | undefined;
  const place = { zoom: 1, x: 0, y: 0 };
  const apply = (): void => {
    image.style.transform = `translate(${place.x}px, ${place.y}px) scale(${place.zoom})`;
    element.classList.toggle("zoomed", place.zoom > 1);
  };
  const reset = (): void => {
    Object.assign(place, { zoom: 1, x: 0, y: 0 });
    apply();
  };
  const zoomAt = (factor: number, x: number, y: number): void => {
    const zoom = Math.max(1, Math.min(mostZoom, place.zoom * factor));
    const ratio = zoom / place.zoom;
    Object.assign(place, zoom === 1 ? { zoom, x: 0, y: 0 } : { zoom, x: x - (x - place.x) * ratio, y: y - (y - place.y) * ratio });
    apply();
  };
  const release = (url?: string): void => {
    if (blobUrl !== undefined) URL.revokeObjectURL(blobUrl);
    blobUrl = url?.startsWith("blob:") === true ? url : undefined;
  };
  const move = (dx: number, dy: number): void => {
    if (place.zoom === 1) return;
    Object.assign(place, { x: place.x + dx, y: place.y + dy });
    apply();
  };
  takeInput(element, { zoomAt, reset, move });
  const load = async (sample: string, alt: string): Promise<void> => {
    const url = await slot.run(async (signal) => {
      const file = await context.host.call("pictureUri", { sample }, { signal });
      if (file !== null) return file.uri;
      const { bytes, mediaType } = await context.host.call("readPicture", { sample, side: askedSide }, { signal });
      return URL.createObjectURL(new Blob([bytes.slice()], { type: mediaType }));
    });
    if (url === undefined) return;
    release(url);
    image.alt = alt;
    image.src = url;
    element.replaceChildren(image);
  };
  return {
    element,
    show: (sample, alt) => {
      image.alt = alt;
      if (sample === shown) return;
      shown = sample;
      reset();
      slot.stop();
      element.replaceChildren();
      if (sample === null) release();
      else load(sample, alt).catch((error: unknown) => element.replaceChildren(noPicture(error)));
    },
  };
}

function noPicture(error: unknown): HTMLElement {
  const sentence = document.createElement("p");
  sentence.className = "no-picture quiet";
  sentence.textContent = error instanceof Error ? error.message : String(error);
  return sentence;
}

interface ZoomInput {
  readonly zoomAt: (factor: number, x: number, y: number) => void;
  readonly move: (dx: number, dy: number) => void;
  readonly reset: () => void;
}

function takeInput(element: HTMLElement, { zoomAt, move, reset }: ZoomInput): void {
  element.tabIndex = 0;
  element.role = "group";
  element.ariaLabel = "Picture. Plus and minus zoom, arrows move, 0 shows all";
  element.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      const { left, top, width, height } = element.getBoundingClientRect();
      zoomAt(Math.exp(-event.deltaY / 300), event.clientX - left - width / 2, event.clientY - top - height / 2);
    },
    { passive: false },
  );
  element.addEventListener("dblclick", reset);
  element.addEventListener("pointerdown", (event) => element.setPointerCapture(event.pointerId));
  element.addEventListener("pointermove", (event) => {
    if (event.buttons === 1) move(event.movementX, event.movementY);
  });
  const keys: Readonly<Record<string, () => void>> = {
    "+": () => zoomAt(1.4, 0, 0),
    "=": () => zoomAt(1.4, 0, 0),
    "-": () => zoomAt(1 / 1.4, 0, 0),
    "0": reset,
    ArrowLeft: () => move(40, 0),
    ArrowRight: () => move(-40, 0),
    ArrowUp: () => move(0, 40),
    ArrowDown: () => move(0, -40),
  };
  element.addEventListener("keydown", (event) => {
    const act = keys[event.key];
    if (act === undefined || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    act();
  });
}
