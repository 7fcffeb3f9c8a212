import type { Problem } from "../../core/problem.ts";
import type { ListedFile, Listing } from "./listing.ts";
import { extensionOf } from "./listing.ts";

/** Pictures that no model here can look at: drawings, layered and raw files. */
const unsupportedExtensions: ReadonlySet<string> = new Set(".svg .eps .psd .xcf .jp2 .dng .cr2 .cr3 .nef .arw .orf .raf".split(" "));

/** What is wrong with a listing whatever its format is. */
export function* listingProblems(listing: Listing): Generator<Problem> {
  yield* caseCollisions(listing.files);
  for (const { path: file } of listing.files) {
    if (!unsupportedExtensions.has(extensionOf(file))) continue;
    const message = `${file} is of a kind of picture that can't be read and was left out`;
    yield { code: "unsupportedImage", severity: "warning", file, message, hint: "Convert it to PNG, JPEG or WebP" };
  }
}

/** Names that differ in case or in the form of their accents alone: one of them is lost on Windows and macOS. */
function* caseCollisions(files: readonly ListedFile[]): Generator<Problem> {
  const first = new Map<string, string>();
  for (const { path: file } of files) {
    const folded = file.normalize("NFC").toLowerCase();
    const other = first.get(folded);
    if (other === undefined) first.set(folded, file);
    else {
      const message = `${file} and ${other} differ in case or accents alone; Windows and macOS can keep only one of them`;
      yield { code: "caseCollision", severity: "warning", file, message, hint: "Rename one of them" };
    }
  }
}
