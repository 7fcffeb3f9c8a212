import type { PanelContext, View } from "../../context.ts";
import { WorksheetView } from "./worksheetView.ts";

/** Makes the view where a person writes captions without seeing the old ones. */
export function createWorksheet(context: PanelContext): View {
  return new WorksheetView(context);
}
