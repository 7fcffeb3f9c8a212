import type { EncoderFamily } from "../family.ts";
import { clip, clipText } from "./clip.ts";

/** What is assumed of an encoder that no family fits: the names and pictures of CLIP, and that padding reaches a vector unless there is a mask. */
export const unknownFamily: EncoderFamily = {
  ...clip,
  id: "unknown",
  title: "Another dual encoder",
  recognise: {},
  text: { ...clipText, padding: "mask" },
  languages: "unknown",
  source: "unknown",
};
