import * as vscode from "vscode";
import type { FileCaption } from "../../protocol/captionFiles.ts";
import type { Destination } from "../../protocol/panelApi.ts";
import { type CaptionArgument, captionAtLine, placeCaptions } from "../captions/captionLenses.ts";
import * as messages from "../messages.ts";
import type { CommandParts, Handler, Handlers } from "./handlers.ts";

/** Commands about the caption that a lens stands over, or at the cursor. */
export function captionCommands(parts: CommandParts): Handlers<"winnow.rewriteCaption" | "winnow.openCaption" | "winnow.openCaptionGroup"> {
  const openAt =
    (destinationOf: (caption: FileCaption) => Destination | undefined): Handler =>
    async (argument) => {
      const found = argumentOf(argument) ?? (await findAtCursor(parts));
      const destination = found && destinationOf(found.caption);
      if (found === undefined) parts.notices.tell(messages.noCaptionHere());
      else if (destination === undefined) parts.notices.tell(messages.noGroup(found.caption.sample));
      else parts.panels.open(found.root, destination);
    };
  const openSample = ({ sample }: FileCaption): Destination => ({ view: "gallery", unit: "sample", sample });
  return {
    "winnow.rewriteCaption": openAt((caption) => ({ ...openSample(caption), edit: caption.captionIndex })),
    "winnow.openCaption": openAt(openSample),
    "winnow.openCaptionGroup": openAt(({ group }) => (group === null ? undefined : { view: "groups", kind: group.kind, group: group.id })),
  };
}

function argumentOf(argument: unknown): CaptionArgument | undefined {
  if (typeof argument !== "object" || argument === null || !("root" in argument) || !("caption" in argument)) return undefined;
  return typeof argument.root === "string" ? { root: argument.root, caption: argument.caption as FileCaption } : undefined;
}

async function findAtCursor({ captionFiles }: CommandParts): Promise<CaptionArgument | undefined> {
  const editor = vscode.window.activeTextEditor;
  const owned = editor && (await captionFiles.find(editor.document.uri.fsPath));
  if (editor === undefined || owned === undefined) return undefined;
  const caption = captionAtLine(placeCaptions(editor.document.getText(), owned.file), editor.selection.active.line);
  return caption && { root: owned.root, caption };
}
