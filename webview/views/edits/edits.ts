import type { PanelContext, View } from "../../context.ts";
import { EditsView } from "./editsView.ts";

/** Makes the view that changes many captions by one operation. */
export function createEdits(context: PanelContext): View {
  return new EditsView(context);
}
