import { captionsOfDocument, type CaptionReading, type DocumentCaption } from "../../core/captions/documentCaptions.ts";
import { firstLine } from "../../core/captions/lints/firstLine.ts";
import type { LintFinding, TextRange } from "../../core/captions/lints/lint.ts";
import { lintCaption } from "../../core/captions/lints/lints.ts";
import type { Severity } from "../../core/problem.ts";
import type { CaptionFile, CheckedText, FileCaption, LikeText } from "../../protocol/captionFiles.ts";

/** What can be done about a finding: an edit of the document, or VS Code's own choice of an encoding. */
export type FindingFix =
  | ({ readonly kind: "edit"; readonly title: string; readonly text: string } & TextRange)
  | { readonly kind: "encoding"; readonly title: string };

/** Something found in an open caption file; positions are in the document's text. */
export interface CaptionFinding extends TextRange {
  readonly lint: string;
  readonly severity: Severity;
  readonly message: string;
  readonly fix?: FindingFix;
}

/** A document of captions: its text as the editor has it, the encoding that it was read in, and what the engine knows. `checked` has one entry a caption of `captionsOfDocument`, or none. */
export interface LintedDocument {
  readonly text: string;
  readonly encoding: string;
  readonly file: CaptionFile;
  readonly checked: readonly CheckedText[];
}

/** What a person chose of the lints. */
export interface LintChoices {
  /** Lints that are switched off, by their ids. */
  readonly off: ReadonlySet<string>;
  readonly firstLineOnly: boolean;
}

/** All that is wrong with a document of captions, in the order of its captions. */
export function findInDocument(document: LintedDocument, { off, firstLineOnly }: LintChoices): CaptionFinding[] {
  const { text, file, checked } = document;
  if (file.captions.length === 0) return findInFile(document).filter(({ lint }) => !off.has(lint));
  const captions = captionsOfDocument(text, file.reading);
  const found = captions.flatMap((caption, at) => findInCaption(document, caption, checked[at]));
  const beyond = firstLineOnly || file.reading === "first" ? findBeyondFirstLine(text) : [];
  return [...findInFile(document), ...found, ...beyond].filter(({ lint }) => !off.has(lint));
}

/** The captions of a file as the analysis knows them, for those of the document: by their texts, else by where they stand. */
export function knownCaptionOf(file: CaptionFile, { text, line }: DocumentCaption): FileCaption | undefined {
  const same = file.captions.filter((caption) => caption.text === text);
  const there = file.captions.filter((caption) => caption.line === null || caption.line === line);
  return same.find((caption) => there.includes(caption)) ?? same[0] ?? there[0];
}

/** Whether the editor shows replacement signs because it read the file in another encoding. */
function isMisread({ text, encoding, file }: LintedDocument): boolean {
  return !/^utf8/.test(encoding) || (text.includes(lostSign) && file.problems.some(({ code }) => code === "notUtf8"));
}

const lostSign = "\uFFFD";
const problemLints: Readonly<Record<string, string>> = { orphanCaption: "orphan", ambiguousImage: "stemCollision" };

function findInFile(document: LintedDocument): CaptionFinding[] {
  const { text, file, encoding } = document;
  const range = { from: 0, to: firstLineEnd(text) };
  const found = file.problems.flatMap(({ code, severity, message, hint }): CaptionFinding[] => {
    const lint = problemLints[code];
    return lint === undefined ? [] : [{ ...range, lint, severity, message: `${message}. ${hint}` }];
  });
  if (!isMisread(document)) return found;
  const lost = text.indexOf(lostSign);
  const message =
    lost < 0 ? `This file is ${encoding}, which trainers don't read as text` : "This file is not UTF-8, and trainers can't read it";
  const place = lost < 0 ? range : { from: lost, to: lost + 1 };
  const fix = { kind: "encoding", title: "Reopen or save with another encoding" } as const;
  return [...found, { ...place, lint: "notUtf8", severity: "warning", message, fix }];
}

function findInCaption(document: LintedDocument, caption: DocumentCaption, checked: CheckedText | undefined): CaptionFinding[] {
  const known = knownCaptionOf(document.file, caption);
  const pictureStem = known === undefined ? undefined : stemOf(known.sample);
  const tokens = checked?.tokens ?? undefined;
  const found = lintCaption(caption.text, { ...(pictureStem !== undefined && { pictureStem }), ...(tokens !== undefined && { tokens }) })
    .filter(({ lint, from }) => !(lint === "mojibake" && caption.text[from] === lostSign && isMisread(document)))
    .map((finding) => placed(finding, caption));
  return checked?.like == null ? found : [...found, likeFinding(caption, checked.like)];
}

/** A caption that says nothing stands for all of its range. */
function placed({ lint, severity, message, from, to, fix }: LintFinding, caption: DocumentCaption): CaptionFinding {
  const range = caption.text === "" ? { from: caption.from, to: caption.to } : { from: caption.from + from, to: caption.from + to };
  const finding = { ...range, lint, severity, message };
  if (fix === undefined) return finding;
  return { ...finding, fix: { kind: "edit", title: fix.title, from: caption.from, to: caption.to, text: fix.fixed } };
}

function likeFinding({ from, to }: DocumentCaption, { sample, text, isEqual, overlap, count }: LikeText): CaptionFinding {
  const others = count > 1 ? ` and ${count - 1} more` : "";
  if (isEqual)
    return { from, to, lint: "sameText", severity: "note", message: `${sample}${others} ${count > 1 ? "have" : "has"} the same caption` };
  const share = Math.round(100 * overlap);
  return {
    from,
    to,
    lint: "nearSame",
    severity: "note",
    message: `${share} % of the content words are those of ${sample}${others}: "${text}"`,
  };
}

function findBeyondFirstLine(text: string): CaptionFinding[] {
  return firstLine
    .check(text, { firstLineOnly: true })
    .map((finding) => placed({ ...finding, lint: firstLine.id }, { text, from: 0, to: text.trimEnd().length, line: 0 }));
}

function firstLineEnd(text: string): number {
  const end = text.search(/\r|\n/);
  return end < 0 ? text.length : end;
}

/** The name of a sample's picture without folders and extension. */
function stemOf(sample: string): string {
  const base = sample.slice(sample.lastIndexOf("/") + 1);
  const dot = base.lastIndexOf(".");
  return dot <= 0 ? base : base.slice(0, dot);
}

/** The reading that a file's captions are linted by is also how their texts are asked about. */
export function textsToCheck(text: string, reading: CaptionReading): string[] {
  return captionsOfDocument(text, reading).map((caption) => caption.text);
}
