import type { EncoderFamily } from "../family.ts";
import { clip } from "./clip.ts";

/** RemoteCLIP and GeoRSCLIP: OpenAI's or open_clip's CLIP tuned on pictures from above; nothing else differs. */
export const remoteSensingClip: EncoderFamily = {
  ...clip,
  id: "remotesensingclip",
  title: "RemoteCLIP and GeoRSCLIP",
  recognise: { namedAmong: ["clip"], names: /remote-?clip|geo-?rs-?clip|rs5m/i },
  source: "Liu et al. 2024, arXiv:2306.11029; Zhang et al. 2024, arXiv:2306.11300",
};
