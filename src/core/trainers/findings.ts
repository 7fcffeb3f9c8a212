import type { Severity } from "../problem.ts";
import type { ReadEvent, TrainerFindingCode } from "./trainer.ts";

/** What each finding means, for a list with counts. */
export const findingTitles: Readonly<Record<TrainerFindingCode, string>> = {
  badMetadata: "Metadata that the trainer can't use",
  brokenArchive: "Archives that end before their end",
  brokenKey: "Members that the trainer puts together wrongly",
  brokenPicture: "Pictures that can't be opened",
  changedText: "Captions that reach the trainer as another text",
  emptyCaption: "Empty captions",
  firstLineOnly: "Captions of which the first line alone is read",
  ignoredFolder: "Folders that are left out",
  ignoredPicture: "Pictures that are left out",
  markedUtf8: "Captions with a byte order mark, which is read as a sign of the text",
  maskAsPicture: "Masks that are read as pictures",
  maskFound: "Masks, which are left out as pictures",
  missingCaption: "Pictures without a caption",
  missingPicture: "Rows whose picture is not there",
  noPictures: "Nothing that the trainer would read",
  noSizes: "Shards without their numbers of samples",
  notUtf8: "Captions that are not UTF-8",
  otherExtension: "Captions under another extension, which are not read",
  readAsNan: 'Captions that are read as "nan"',
  severalCaptions: "Pictures with several captions, of which one is drawn each time",
  sharedCaption: "Pictures that share one caption file",
  splitLeftOut: "Pictures outside of the splits, which are left out",
  unturnedPicture: "Pictures that the trainer does not turn as people see them",
  wildcard: "Captions with wildcard signs",
};

/** What a person is told of one file. */
export interface Told {
  readonly file: string;
  readonly message: string;
}

/** Something that a person should know about a file. */
export function finding(code: TrainerFindingCode, severity: Severity, { file, message }: Told): ReadEvent {
  return { kind: "finding", code, severity, file, message };
}

/** Something on which the trainer ends with an error. */
export function stop(code: TrainerFindingCode, { file, message }: Told): ReadEvent {
  return { kind: "finding", code, severity: "error", file, message, stops: true };
}
