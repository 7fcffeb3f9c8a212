import type { Page } from "playwright-core";
import type { LinkSpeed, SlowLink } from "./slowLink.ts";

/** How an editor is opened. Paths are absolute. */
export interface EditorChoice {
  readonly folder: string;
  readonly userFolder: string;
  readonly extensionsFolder: string;
  /** Reaches the extension host and what it starts. */
  readonly environment: Readonly<Record<string, string>>;
  readonly isTrusted: boolean;
  /** The link between the window and the server; none is as fast as the machine. */
  readonly link?: LinkSpeed;
}

/** An open window of an editor, whichever it is. */
export interface EditorWindow {
  readonly page: Page;
  /** The process below which the extension host runs. */
  readonly pid: number;
  readonly link?: SlowLink;
  close(): Promise<void>;
}
