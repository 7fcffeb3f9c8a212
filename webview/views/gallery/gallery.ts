import type { PanelContext, View } from "../../context.ts";
import { GalleryView } from "./galleryView.ts";

/** Makes the gallery: a list of pairs or pictures of any length, with a filter, an order, a choice, and verdicts. */
export function createGallery(context: PanelContext): View {
  return new GalleryView(context);
}
