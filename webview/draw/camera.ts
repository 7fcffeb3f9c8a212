import type { Bounds } from "../../src/core/geometry/lasso.ts";

/** What part of the plane is seen: the point in the middle, and how many pixels a unit has. */
export interface Camera {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
}

/** The size of the picture in CSS pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Shows all of a box with a little room around it. */
export function fitCamera({ left, right, bottom, top }: Bounds, size: Size): Camera {
  const room = 0.92;
  const scale = room * Math.min(size.width / (right - left || 1), size.height / (top - bottom || 1));
  return { x: (left + right) / 2, y: (bottom + top) / 2, scale };
}

/** Moves what is seen by pixels. */
export function panCamera(camera: Camera, dx: number, dy: number): Camera {
  return { ...camera, x: camera.x - dx / camera.scale, y: camera.y + dy / camera.scale };
}

/** Zooms by a factor; the place under the pixel (x, y) stays where it is. */
export function zoomCamera(camera: Camera, factor: number, { x, y, size }: { x: number; y: number; size: Size }): Camera {
  const before = planeFromScreen(camera, size, { x, y });
  const scaled = { ...camera, scale: camera.scale * factor };
  const after = planeFromScreen(scaled, size, { x, y });
  return { ...scaled, x: camera.x + before.x - after.x, y: camera.y + before.y - after.y };
}

/** The place in the plane under a pixel; y goes up in the plane and down on the screen. */
export function planeFromScreen(camera: Camera, { width, height }: Size, { x, y }: { x: number; y: number }): { x: number; y: number } {
  return { x: camera.x + (x - width / 2) / camera.scale, y: camera.y - (y - height / 2) / camera.scale };
}

/** The pixel of a place in the plane. */
export function screenFromPlane(camera: Camera, { width, height }: Size, { x, y }: { x: number; y: number }): { x: number; y: number } {
  return { x: (x - camera.x) * camera.scale + width / 2, y: (camera.y - y) * camera.scale + height / 2 };
}
