import type { Decision } from "../src/core/verdict.ts";
import type { Targets } from "../src/protocol/gallery.ts";
import type { Destination, PanelAction, PanelSnapshot, PanelToHost } from "../src/protocol/panelApi.ts";
import type { Peer } from "../src/protocol/rpc.ts";
import type { Store, ViewId } from "./state.ts";
import type { Thumbnails } from "./thumbnails.ts";

/** Captions that a person chose to work on, in the gallery or as a group; `about` names them. They last as long as the page. */
export interface ChosenCaptions {
  readonly targets: Targets;
  readonly about: string;
}

/** What every view of the panel is given. */
export interface PanelContext {
  readonly host: Pick<Peer<PanelToHost>, "call">;
  readonly store: Store;
  /** The latest snapshot; a new one is told to every view by `onSnapshot`. */
  readonly snapshot: () => PanelSnapshot;
  readonly thumbnails: Thumbnails;
  /** Goes to a view, with a filter, a group, a sample. */
  readonly go: (destination: Destination) => void;
  /** Shows a sample in the inspector; null closes it. */
  readonly inspect: (sample: string | null) => void;
  /** What is chosen to be worked on; null where nothing is. */
  readonly chosen: () => ChosenCaptions | null;
  readonly choose: (chosen: ChosenCaptions | null) => void;
  /** Sets a person's verdicts and tells what was done, with an undo. Rejects never: what fails is told. */
  readonly decide: (targets: Targets, decision: Decision | "clear") => Promise<void>;
  /** Takes an operation back, the last one where none is named, and tells so. Rejects never. */
  readonly undo: (operation?: string) => Promise<void>;
  /** Tells a sentence, seen for some seconds and read by screen readers; `undo` offers to take back the last operation. */
  readonly tell: (message: string, options?: { readonly undo?: boolean }) => void;
  /** Tells that something failed, in one sentence; the details go to the log. A request that was stopped is no failure. */
  readonly fail: (error: unknown) => void;
}

/** One of the panel's views. It is made when it is first shown, and lives as long as the page. */
export interface View {
  readonly id: ViewId;
  readonly element: HTMLElement;
  /** The view was brought to the front; it draws what the state says. `destination` is what brought it, where something did. */
  show(destination?: Destination): void;
  hide(): void;
  onSnapshot(snapshot: PanelSnapshot, before: PanelSnapshot): void;
  /** Carries out an action, where it is the view's to do; says whether it was. */
  perform(action: PanelAction): boolean;
}

/** Makes a view. */
export type CreateView = (context: PanelContext) => View;
