import type { QuantizedEncoder, QuantizedSide, QuantizeProgress } from "../protocol/encoders.ts";

/** How far a quantisation is, for people; each step has a total of its own. */
export function formatQuantizeProgress({ step, graph, done, total }: QuantizeProgress): string {
  const percent = total === 0 ? 100 : Math.floor((done / total) * 100);
  return `${graph}: ${step === "round" ? "rounding" : "comparing with float32"}, ${percent} %`;
}

/** What became of an encoder in eight bits: how close its vectors come, whether they can stand in for float32's, and how fast it is here. */
export function formatQuantized(made: QuantizedEncoder): string {
  const { id, isNew, isKept, isUsable, image, text } = made;
  const cosines = [image.minCosine, text.minCosine];
  const least = cosines.some((cosine) => cosine === null) ? "unknown" : `at least ${Math.min(...cosines.map(Number)).toFixed(5)}`;
  const close = `cosine to float32 ${least} on generated pictures and texts`;
  if (!isKept) return `Nothing was kept of ${id}: ${close}, where 0.999 is needed to stand in for it`;
  const grade = isUsable ? "usable in its place" : "not usable in its place";
  const isFaster = [image, text].some(({ perSecond, fp32PerSecond }) => perSecond > fp32PerSecond);
  const verdict = isFaster ? "" : "; it is no faster here, so float32 is the better choice";
  return `${id} ${isNew ? "is made" : "was there already"}: ${close}, ${grade}; ${rates("pictures", image)}, ${rates("texts", text)}${verdict}`;
}

function rates(what: string, { perSecond, fp32PerSecond }: QuantizedSide): string {
  const told = (rate: number): string => rate.toLocaleString("en", { maximumSignificantDigits: 3 });
  return `${told(perSecond)} ${what} a second, ${told(fp32PerSecond)} in float32`;
}
