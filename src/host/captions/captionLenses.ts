import { captionsOfDocument } from "../../core/captions/documentCaptions.ts";
import type { GroupKind } from "../../core/group.ts";
import type { CaptionFile, FileCaption } from "../../protocol/captionFiles.ts";
import type { CommandId } from "../commandIds.ts";
import { formatCount } from "../runText.ts";
import { knownCaptionOf } from "./findings.ts";

/** A caption of the analysis at a line (from 0) of a document. */
export interface PlacedFileCaption {
  readonly line: number;
  readonly caption: FileCaption;
}

/** What a command about one caption is called with. */
export interface CaptionArgument {
  readonly root: string;
  readonly caption: FileCaption;
}

/** A lens over a caption. */
export interface CaptionLens {
  readonly line: number;
  readonly title: string;
  readonly command: CommandId;
  readonly argument: CaptionArgument;
}

/** The captions of a document that the analysis knows, with the lines where they stand now. */
export function placeCaptions(text: string, file: CaptionFile): PlacedFileCaption[] {
  return captionsOfDocument(text, file.reading).flatMap((found) => {
    const caption = knownCaptionOf(file, found);
    return caption === undefined ? [] : [{ line: found.line, caption }];
  });
}

/** The caption at a line, or the last one before it. */
export function captionAtLine(captions: readonly PlacedFileCaption[], line: number): FileCaption | undefined {
  return (captions.findLast((placed) => placed.line <= line) ?? captions[0])?.caption;
}

/** The lenses of a document: what can be done with each caption. */
export function lensesOf(text: string, { root, file }: { readonly root: string; readonly file: CaptionFile }): CaptionLens[] {
  return placeCaptions(text, file).flatMap(({ line, caption }): CaptionLens[] => {
    const argument: CaptionArgument = { root, caption };
    const { group } = caption;
    return [
      { line, title: "Rewrite", command: "winnow.rewriteCaption", argument },
      { line, title: "Open in panel", command: "winnow.openCaption", argument },
      ...(group === null
        ? []
        : [
            {
              line,
              title: `${groupWords[group.kind]} of ${formatCount(group.members, "member")}`,
              command: "winnow.openCaptionGroup",
              argument,
            } as const,
          ]),
    ];
  });
}

const groupWords: Readonly<Record<GroupKind, string>> = {
  duplicate: "Copies",
  pixelDuplicate: "Copies",
  nearDuplicate: "Near copies",
  sameCaption: "Equal captions",
  sameImage: "Equal pictures",
  confusable: "Confusable group",
  concept: "Concept",
  falseNegative: "False negatives",
};
