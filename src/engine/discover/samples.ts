import { join } from "node:path";
import type { Caption, CaptionOrigin, Locator, Sample, Split } from "../../core/sample.ts";
import { captionIdFromIndex, sampleIdFromPath } from "../../core/sample.ts";
import type { ListedFile, Listing } from "./listing.ts";
import { folderOf, openPathOf } from "./listing.ts";

/** A caption before its sample is known. */
export interface CaptionText {
  readonly text: string;
  readonly origin: CaptionOrigin;
}

/** Makes the sample of a picture that is a file of the listing; its captions count as read from the data by an unknown writer. */
export function sampleFromFile(listing: Listing, file: ListedFile, captions: readonly CaptionText[], split?: Split): Sample {
  const id = sampleIdFromPath(file.path);
  return {
    id,
    locator: locatorOf(listing, file),
    folder: folderOf(file.path),
    captions: captions.map(({ text, origin }, index): Caption => ({ id: captionIdFromIndex(id, index), text, author: "import", origin })),
    ...(split === undefined ? {} : { split }),
    sizeBytes: file.sizeBytes,
    mtimeMs: file.mtimeMs,
    inode: file.inode,
  };
}

/** Absolute path of a listed file as text, for origins and messages. */
export function absolutePathOf(listing: Listing, file: ListedFile): string {
  return join(listing.root, file.path);
}

function locatorOf(listing: Listing, file: ListedFile): Locator {
  const path = absolutePathOf(listing, file);
  if (file.nameBytes === undefined) return { kind: "file", path };
  return { kind: "file", path, nameBytes: Uint8Array.from(openPathOf(listing, file) as Buffer) };
}
