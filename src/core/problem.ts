/**
 * What can be wrong with a piece of a dataset. A problem is a value: it is counted and listed, never thrown.
 * One line a code, in alphabetical order; the hint that belongs to it is given where it is found.
 */
export type ProblemCode =
  | "ambiguousImage"
  | "ambiguousMetadata"
  | "badVector"
  | "brokenArchive"
  | "brokenImage"
  | "brokenKey"
  | "caseCollision"
  | "clippedGrey"
  | "emptyCaption"
  | "emptyFile"
  | "exifOrientation"
  | "extraLines"
  | "failedDownload"
  | "ignoredFolder"
  | "malformedRow"
  | "misreadByPandas"
  | "missingCaption"
  | "missingImage"
  | "nestedDataset"
  | "notUtf8"
  | "orphanCaption"
  | "outsideRoot"
  | "readOnlyRoot"
  | "splitLeak"
  | "symlinkLoop"
  | "tooLarge"
  | "tooSlow"
  | "unreadable"
  | "unsupportedImage"
  | "unsupportedMember";

/** Says how grave a problem is: an error takes the sample out of what needs it, a warning and a note do not. */
export type Severity = "error" | "warning" | "note";

/**
 * Something wrong with one file or sample. `file` is the path below the root where there is one, else absolute;
 * `message` says what happened to what, `hint` what to do; neither ends in a stop.
 */
export interface Problem {
  readonly code: ProblemCode;
  readonly severity: Severity;
  readonly sample?: string;
  readonly file: string;
  readonly message: string;
  readonly hint: string;
}
