import type { Decision } from "../../../src/core/verdict.ts";
import type { GalleryRow } from "../../../src/protocol/gallery.ts";
import { formatCount } from "../../format.ts";
import type { MenuItem } from "../../parts/menu.ts";

/** What the menu of a row can do. `chosen` is how many rows a decision is about. */
export interface RowActions {
  readonly chosen: number;
  readonly readOnly: string | null;
  readonly decide: (decision: Decision | "clear") => void;
  readonly findSimilar: () => void;
  /** Goes to a view that works on the captions of the rows. */
  readonly work: (view: "edits" | "rewrites" | "worksheet") => void;
  readonly inspect: () => void;
  readonly open: (what: "picture" | "caption", captionIndex: number) => void;
  readonly copy: (text: string) => void;
}

/** The entries of a row's menu. */
export function rowMenuItems(row: GalleryRow, actions: RowActions): MenuItem[] {
  const rows = actions.chosen > 1 ? ` ${formatCount(actions.chosen)}` : "";
  const closed = actions.readOnly === null ? {} : { disabled: true, about: actions.readOnly };
  const decision = (label: string, icon: string, key: string, which: Decision | "clear"): MenuItem => ({
    label,
    icon,
    detail: key,
    ...closed,
    run: () => actions.decide(which),
  });
  const [caption] = row.captions;
  return [
    decision(`Keep${rows}`, "check", "K", "keep"),
    decision(`Drop${rows}`, "close", "D", "drop"),
    decision(`Review${rows}`, "question", "R", "review"),
    decision(rows === "" ? "Clear the verdict" : `Clear the verdict of${rows}`, "circle-slash", "U", "clear"),
    { label: "Inspect", icon: "inspect", detail: "Enter", heading: "", run: actions.inspect },
    { label: "Find similar pictures", icon: "search-sparkle", detail: "S", run: actions.findSimilar },
    { label: `Edit the captions${rows === "" ? "" : ` of${rows}`}`, icon: "replace-all", heading: "", run: () => actions.work("edits") },
    { label: `Rewrite the captions${rows === "" ? "" : ` of${rows}`}`, icon: "sparkle", run: () => actions.work("rewrites") },
    { label: `Write captions anew, blind${rows === "" ? "" : `:${rows}`}`, icon: "edit", run: () => actions.work("worksheet") },
    { label: "Open the picture beside", icon: "file-media", heading: "", run: () => actions.open("picture", 0) },
    ...(caption === undefined
      ? []
      : [
          { label: "Open the caption beside", icon: "go-to-file", run: () => actions.open("caption", caption.captionIndex) },
          { label: "Copy the caption", icon: "copy", run: () => actions.copy(row.captions.map(({ text }) => text).join("\n")) },
        ]),
  ];
}
