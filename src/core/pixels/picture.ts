/** An 8-bit RGB picture: `pixels` is height × width × 3, row-major. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
}

/** A rectangle as fractions of a picture's sides, each in [0, 1]. */
export interface CropFractions {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Cuts a rectangle out of a picture, rounded to whole pixels and never empty. */
export function cropPicture(picture: Picture, crop: CropFractions): Picture {
  const left = Math.min(picture.width - 1, Math.round(crop.left * picture.width));
  const top = Math.min(picture.height - 1, Math.round(crop.top * picture.height));
  const width = Math.max(1, Math.min(picture.width - left, Math.round(crop.width * picture.width)));
  const height = Math.max(1, Math.min(picture.height - top, Math.round(crop.height * picture.height)));
  const pixels = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y += 1) {
    const from = ((top + y) * picture.width + left) * 3;
    pixels.set(picture.pixels.subarray(from, from + width * 3), y * width * 3);
  }
  return { width, height, pixels };
}
