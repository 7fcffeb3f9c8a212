import { biomedicalClip } from "./families/biomedicalClip.ts";
import { chineseClip } from "./families/chineseClip.ts";
import { clip } from "./families/clip.ts";
import { dinov2 } from "./families/dinov2.ts";
import { dinov3 } from "./families/dinov3.ts";
import { evaClip } from "./families/evaClip.ts";
import { jinaClip } from "./families/jinaClip.ts";
import { longClip } from "./families/longClip.ts";
import { mobileClip } from "./families/mobileClip.ts";
import { openClip } from "./families/openClip.ts";
import { remoteSensingClip } from "./families/remoteSensingClip.ts";
import { siglip } from "./families/siglip.ts";
import { siglip2 } from "./families/siglip2.ts";
import { tinyClip } from "./families/tinyClip.ts";
import { unknownFamily } from "./families/unknownFamily.ts";
import type { EncoderFamily, FamilySigns } from "./family.ts";

/** All families, those with a narrower sign first: many of them are CLIP by their `model_type`, and a name tells them apart. */
export const families: readonly EncoderFamily[] = [
  longClip,
  mobileClip,
  tinyClip,
  chineseClip,
  biomedicalClip,
  remoteSensingClip,
  jinaClip,
  evaClip,
  siglip2,
  siglip,
  dinov3,
  dinov2,
  openClip,
  clip,
];

/** The family of an id; undefined where there is none. */
export function findFamily(id: string): EncoderFamily | undefined {
  return families.find((family) => family.id === id);
}

/**
 * The family that an encoder's files show: the first whose name is seen and can be its (see `Recognition`), then the one of this `model_type`, of an
 * architecture, of the layout; `unknownFamily` where none fits.
 */
export function recogniseFamily({ modelType, architectures = [], names, layout }: FamilySigns): EncoderFamily {
  const isOfType = ({ recognise }: EncoderFamily): boolean => modelType !== undefined && (recognise.modelTypes ?? []).includes(modelType);
  const isTypeKnown = families.some(isOfType);
  const isNamed = (family: EncoderFamily): boolean => {
    const { names: words, namedAmong = [] } = family.recognise;
    const mayBe = !isTypeKnown || isOfType(family) || namedAmong.includes(modelType ?? "");
    return mayBe && words !== undefined && names.some((name) => words.test(name));
  };
  return (
    families.find(isNamed) ??
    families.find(isOfType) ??
    families.find(({ recognise }) => architectures.some((name) => (recognise.architectures ?? []).includes(name))) ??
    families.find(({ recognise }) => layout !== undefined && recognise.layout === layout) ??
    unknownFamily
  );
}
