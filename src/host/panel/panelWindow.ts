import { isAbsolute, relative } from "node:path";

/** What a panel's page may have done by VS Code's window. Paths are absolute. */
export interface PanelWindow {
  /** Opens a picture beside the panel. */
  openPicture(path: string): Promise<void>;
  /** Opens a text beside the panel, at a line (from 0) where one is known. */
  openText(path: string, line: number | null): Promise<void>;
  /** A URI that the page can load; undefined where the picture lies outside the dataset or in a format that browsers don't know. */
  pictureUri(path: string, format: string | null): string | undefined;
  /** Lets the person choose a file; null where none was chosen. What was chosen may be read from then on. */
  choose(what: "picture" | "recipe"): Promise<{ readonly path: string } | null>;
  /** Whether the page may have a file read: it lies in the dataset or the workspace, or the person has chosen it in this window. */
  mayRead(path: string): boolean;
  confirm(question: { readonly message: string; readonly detail: string; readonly action: string }): Promise<boolean>;
}

const browserFormats: ReadonlySet<string> = new Set(["jpeg", "png", "gif", "webp", "avif", "bmp"]);

/** Whether a browser shows pictures of a format as our decoder names it. */
export function isBrowserFormat(format: string | null): boolean {
  return format !== null && browserFormats.has(format);
}

/** Whether a path lies inside a folder, by its name alone. */
export function isInside(folder: string, path: string): boolean {
  const below = relative(folder, path);
  return below !== "" && !isAbsolute(below) && below !== ".." && !/^\.\.[\\/]/.test(below);
}
