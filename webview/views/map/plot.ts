import { findBounds, findInside } from "../../../src/core/geometry/lasso.ts";
import { type Camera, fitCamera, panCamera, planeFromScreen, screenFromPlane, type Size, zoomCamera } from "../../draw/camera.ts";
import { createPickGrid, type PickGrid } from "../../draw/pickGrid.ts";
import { createPointCloud, type PointCloud } from "../../draw/pointCloud.ts";
import type { DragMode } from "./mapTools.ts";

/** What the plot tells: a selection by lasso, the point under the pointer, a click on a point. */
export interface PlotEvents {
  readonly onSelect: (rows: Uint32Array) => void;
  readonly onHover: (row: number | undefined, at: { x: number; y: number }) => void;
  readonly onOpen: (row: number) => void;
}

const pickRadius = 8;

/** More rings than these would hide the points. */
const mostRings = 200;

/** The drawn map: points on one canvas, the lasso on another above it. Takes the pointer, the wheel and keys. */
export class Plot {
  readonly element = document.createElement("div");
  mode: DragMode = "pan";
  readonly #points = document.createElement("canvas");
  readonly #overlay = document.createElement("canvas");
  readonly #events: PlotEvents;
  readonly #cloud: PointCloud;
  #xy = new Float32Array();
  #grid: PickGrid | undefined;
  #camera: Camera | undefined;
  #selected: Uint32Array = new Uint32Array();
  #curve: number[] = [];
  #scheduled = false;

  constructor(events: PlotEvents) {
    this.#events = events;
    this.element.className = "plot";
    this.element.tabIndex = 0;
    this.element.role = "application";
    this.element.ariaLabel = "Map of the pictures. Arrows move, plus and minus zoom, 0 shows all, Enter selects what is seen";
    this.element.append(this.#points, this.#overlay);
    this.#cloud = createPointCloud(this.#points);
    this.#listen();
    new ResizeObserver(() => this.draw()).observe(this.element);
  }

  /** How the points are drawn on this machine. */
  get kind(): PointCloud["kind"] {
    return this.#cloud.kind;
  }

  /** Two coordinates a point; the view is fitted to them. */
  setPoints(xy: Float32Array): void {
    this.#xy = xy as Float32Array<ArrayBuffer>;
    this.#cloud.setPoints(xy);
    this.#grid = undefined;
    this.fit();
  }

  setColours(rgba: Uint8Array): void {
    this.#cloud.setColours(rgba);
    this.draw();
  }

  setSelected(rows: Uint32Array): void {
    this.#selected = rows;
    this.draw();
  }

  fit(): void {
    const bounds = findBounds(this.#xy);
    this.#camera = bounds === undefined ? undefined : fitCamera(bounds, this.#size());
    this.draw();
  }

  zoom(factor: number): void {
    const size = this.#size();
    this.#zoomAt(factor, { x: size.width / 2, y: size.height / 2 });
  }

  /** Selects the points in sight. */
  selectSeen(): void {
    const camera = this.#camera;
    if (camera === undefined) return;
    const { width, height } = this.#size();
    const corners = [
      { x: 0, y: 0 },
      { x: width, y: 0 },
      { x: width, y: height },
      { x: 0, y: height },
    ].flatMap((corner) => Object.values(planeFromScreen(camera, { width, height }, corner)));
    this.#events.onSelect(findInside(this.#xy, corners));
  }

  /** Draws with the next frame. */
  draw(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    requestAnimationFrame(() => {
      this.#scheduled = false;
      this.#drawNow();
    });
  }

  #size(): Size {
    return { width: this.element.clientWidth || 1, height: this.element.clientHeight || 1 };
  }

  #drawNow(): void {
    if (this.#camera === undefined || !this.element.isConnected) return;
    this.#cloud.draw(this.#camera, this.#size(), window.devicePixelRatio);
    this.#drawOverlay(this.#camera, this.#size());
  }

  #drawOverlay(camera: Camera, size: Size): void {
    const ratio = window.devicePixelRatio;
    this.#overlay.width = size.width * ratio;
    this.#overlay.height = size.height * ratio;
    const context = this.#overlay.getContext("2d")!;
    context.scale(ratio, ratio);
    const line = getComputedStyle(this.element).getPropertyValue("--vscode-focusBorder") || "#888";
    context.strokeStyle = line;
    const rows = this.#selected.length > mostRings ? [] : this.#selected;
    for (const row of rows) {
      const { x, y } = screenFromPlane(camera, size, { x: this.#xy[2 * row]!, y: this.#xy[2 * row + 1]! });
      context.beginPath();
      context.arc(x, y, 5, 0, 2 * Math.PI);
      context.stroke();
    }
    if (this.#curve.length < 4) return;
    context.beginPath();
    for (let at = 0; at < this.#curve.length; at += 2) {
      const { x, y } = screenFromPlane(camera, size, { x: this.#curve[at]!, y: this.#curve[at + 1]! });
      context.lineTo(x, y);
    }
    context.closePath();
    context.globalAlpha = 0.15;
    context.fillStyle = line;
    context.fill();
    context.globalAlpha = 1;
    context.lineWidth = 1.5;
    context.stroke();
  }

  #listen(): void {
    this.element.addEventListener("wheel", (event) => this.#onWheel(event), { passive: false });
    this.element.addEventListener("pointerdown", (event) => this.#onDown(event));
    this.element.addEventListener("pointermove", (event) => this.#onMove(event));
    this.element.addEventListener("pointerleave", () => this.#events.onHover(undefined, { x: 0, y: 0 }));
    this.element.addEventListener("keydown", (event) => this.#onKey(event));
  }

  #onWheel(event: WheelEvent): void {
    event.preventDefault();
    this.#zoomAt(Math.exp(-event.deltaY / 400), this.#placeOf(event));
  }

  #zoomAt(factor: number, at: { x: number; y: number }): void {
    if (this.#camera === undefined) return;
    this.#camera = zoomCamera(this.#camera, factor, { ...at, size: this.#size() });
    this.draw();
  }

  #onDown(event: PointerEvent): void {
    if (event.button !== 0 || this.#camera === undefined) return;
    this.element.setPointerCapture(event.pointerId);
    const isLasso = this.mode === "lasso" || event.shiftKey;
    const start = this.#placeOf(event);
    let last = start;
    const move = (moved: PointerEvent): void => {
      const at = this.#placeOf(moved);
      if (isLasso) this.#curve.push(...Object.values(planeFromScreen(this.#camera!, this.#size(), at)));
      else this.#camera = panCamera(this.#camera!, at.x - last.x, at.y - last.y);
      last = at;
      this.draw();
    };
    const end = (): void => {
      this.element.removeEventListener("pointermove", move);
      const moved = Math.hypot(last.x - start.x, last.y - start.y) > 3 || this.#curve.length > 8;
      if (isLasso && moved) this.#events.onSelect(findInside(this.#xy, this.#curve));
      else if (!moved) this.#openAt(start);
      this.#curve = [];
      this.draw();
    };
    this.element.addEventListener("pointermove", move);
    this.element.addEventListener("pointerup", end, { once: true });
  }

  #onMove(event: PointerEvent): void {
    if (event.buttons !== 0) return;
    const at = this.#placeOf(event);
    this.#events.onHover(this.#find(at), at);
  }

  #onKey(event: KeyboardEvent): void {
    const step = 60;
    const moves: Readonly<Record<string, () => void>> = {
      ArrowLeft: () => this.#pan(step, 0),
      ArrowRight: () => this.#pan(-step, 0),
      ArrowUp: () => this.#pan(0, step),
      ArrowDown: () => this.#pan(0, -step),
      "+": () => this.zoom(1.5),
      "=": () => this.zoom(1.5),
      "-": () => this.zoom(1 / 1.5),
      "0": () => this.fit(),
      Enter: () => this.selectSeen(),
      Escape: () => this.#events.onSelect(new Uint32Array()),
    };
    const move = event.ctrlKey || event.metaKey || event.altKey ? undefined : moves[event.key];
    if (move === undefined) return;
    event.preventDefault();
    move();
  }

  #pan(dx: number, dy: number): void {
    if (this.#camera !== undefined) this.#camera = panCamera(this.#camera, dx, dy);
    this.draw();
  }

  #openAt(at: { x: number; y: number }): void {
    const row = this.#find(at);
    if (row !== undefined) this.#events.onOpen(row);
  }

  #find(at: { x: number; y: number }): number | undefined {
    if (this.#camera === undefined) return undefined;
    this.#grid ??= createPickGrid(this.#xy);
    const { x, y } = planeFromScreen(this.#camera, this.#size(), at);
    return this.#grid.find(x, y, pickRadius / this.#camera.scale);
  }

  #placeOf(event: MouseEvent): { x: number; y: number } {
    const { left, top } = this.element.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  }
}
