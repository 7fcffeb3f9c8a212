import { worstCosine } from "../core/parity/certificate.ts";
import { formatCosine } from "../core/parity/format.ts";
import type { QuantizedEncoder, QuantizedSide, QuantizeProgress } from "../protocol/encoders.ts";

/** How far a quantisation is, for people; each step has a total of its own. */
export function formatQuantizeProgress(progress: QuantizeProgress): string {
  const percent = progress.total === 0 ? 100 : Math.floor((progress.done / progress.total) * 100);
  if (progress.step === "reference") return `encoding in float32, ${percent} %`;
  return `${progress.graph}: ${progress.step === "round" ? "rounding" : "comparing with float32"}, ${percent} %`;
}

/** What became of an encoder in eight bits: how close its vectors come, its grade, and how fast it is here. */
export function formatQuantized(made: QuantizedEncoder): string {
  const { id, isNew, isKept, grade, cases, image, text } = made;
  const close = `cosine to float32 at least ${formatCosine(worstCosine(cases))} on the pictures and texts of a parity check`;
  if (!isKept) return `Nothing was kept of ${id}: ${close}, where 0.999 is needed to stand in for it`;
  const sides = text === null ? [image] : [image, text];
  const isFaster = sides.some(({ perSecond, fp32PerSecond }) => perSecond > fp32PerSecond);
  const verdict = isFaster ? "" : "; it is no faster here, so float32 is the better choice";
  const speeds = [rates("pictures", image), ...(text === null ? [] : [rates("texts", text)])].join(", ");
  return `${id} ${isNew ? "is made" : "was there already"}: ${close}, ${gradesInPlace[grade]}; ${speeds}${verdict}`;
}

const gradesInPlace: Readonly<Record<QuantizedEncoder["grade"], string>> = {
  exact: "exact",
  usable: "usable in its place",
  failed: "not usable in its place",
};

function rates(what: string, { perSecond, fp32PerSecond }: QuantizedSide): string {
  const told = (rate: number): string => rate.toLocaleString("en", { maximumSignificantDigits: 3 });
  return `${told(perSecond)} ${what} a second, ${told(fp32PerSecond)} in float32`;
}
