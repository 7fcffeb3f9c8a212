/** A colour for each value, four bytes (red, green, blue, alpha) a point, and what they mean. */
export interface Coloured {
  readonly rgba: Uint8Array;
  readonly legend: Legend;
}

/** What colours mean: a ramp from the least to the greatest, or a colour a name with how many points have it. */
export type Legend =
  | { readonly kind: "ramp"; readonly least: number; readonly greatest: number }
  | { readonly kind: "names"; readonly names: readonly { readonly name: string; readonly colour: Rgb; readonly count: number }[] };

/** Red, green and blue from 0 to 255. */
export type Rgb = readonly [number, number, number];

/** From dark blue through teal to yellow: even steps look even, and it reads without telling red from green. */
const ramp: readonly Rgb[] = [
  [72, 61, 139],
  [59, 105, 161],
  [38, 145, 158],
  [62, 180, 125],
  [155, 210, 75],
  [249, 225, 55],
];

/** Ten colours that are told apart by most eyes, for names; the rest is grey. */
const nameColours: readonly Rgb[] = [
  [31, 119, 180],
  [255, 127, 14],
  [44, 160, 44],
  [214, 84, 84],
  [148, 103, 189],
  [166, 118, 29],
  [227, 119, 194],
  [127, 160, 40],
  [23, 190, 207],
  [240, 190, 60],
];
const otherColour: Rgb = [128, 128, 128];

const alpha = 210;

/** Colours of the ramp at a place from 0 to 1. */
export function rampColour(place: number): Rgb {
  const at = Math.max(0, Math.min(1, place)) * (ramp.length - 1);
  const low = Math.min(ramp.length - 2, Math.floor(at));
  const [from, to] = [ramp[low]!, ramp[low + 1]!];
  const mix = (channel: 0 | 1 | 2): number => Math.round(from[channel] + (at - low) * (to[channel] - from[channel]));
  return [mix(0), mix(1), mix(2)];
}

/** Colours numbers by the ramp, between their 1st and 99th percent so that outliers don't flatten the rest; unknown (NaN) is grey and faint. */
export function colourNumbers(values: Float32Array): Coloured {
  const known = values.filter((value) => !Number.isNaN(value)).sort();
  const least = known[Math.floor(known.length * 0.01)] ?? 0;
  const greatest = known[Math.floor(known.length * 0.99)] ?? 1;
  const table = Array.from({ length: 256 }, (_, at) => rampColour(at / 255));
  const rgba = new Uint8Array(values.length * 4);
  const span = greatest - least || 1;
  values.forEach((value, row) => {
    const known = !Number.isNaN(value);
    const colour = known ? table[Math.max(0, Math.min(255, Math.round(((value - least) / span) * 255)))]! : otherColour;
    put(rgba, row, colour, known ? alpha : 90);
  });
  return { rgba, legend: { kind: "ramp", least, greatest } };
}

/** Colours the most frequent names, the rest is grey. `values` are places in `names`; `fixed` gives some names their own colours. */
export function colourNames(values: Float32Array, names: readonly string[], fixed: Readonly<Record<string, Rgb>> = {}): Coloured {
  const counts = new Array<number>(names.length).fill(0);
  for (const value of values) if (!Number.isNaN(value)) counts[value]! += 1;
  const order = names.map((_, at) => at).sort((left, right) => counts[right]! - counts[left]! || left - right);
  const colourOf = names.map((name, at) => fixed[name] ?? nameColours[order.indexOf(at)] ?? otherColour);
  const rgba = new Uint8Array(values.length * 4);
  values.forEach((value, row) => {
    const known = !Number.isNaN(value);
    put(rgba, row, known ? colourOf[value]! : otherColour, known ? alpha : 90);
  });
  const shown = order.slice(0, nameColours.length).filter((at) => counts[at]! > 0);
  return { rgba, legend: { kind: "names", names: shown.map((at) => ({ name: names[at]!, colour: colourOf[at]!, count: counts[at]! })) } };
}

function put(rgba: Uint8Array, row: number, [red, green, blue]: Rgb, opacity: number): void {
  rgba[4 * row] = red;
  rgba[4 * row + 1] = green;
  rgba[4 * row + 2] = blue;
  rgba[4 * row + 3] = opacity;
}
