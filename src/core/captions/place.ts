import type { CaptionOrigin } from "../sample.ts";
import type { JsonPath } from "./jsonText.ts";
import type { PlainPlace } from "./plainEdit.ts";

/**
 * How a caption stands in its file: as (a part of) plain text, as a cell of a CSV or TSV, as a line of Flickr's files, as a string in JSON or in a
 * line of JSON Lines, in a cell of a table with types (Parquet; `position` is among the cell's texts), in a member of a tar archive, or where it can't be changed ("fixed"; `why` is a sentence with what to do).
 * Of a JSON string the caption is all ("exact"), all but the white space around it ("trimmed"), or a part as of a plain text.
 */
export type CaptionPlace =
  | { readonly kind: "plain"; readonly part: PlainPlace }
  | { readonly kind: "cell"; readonly row: number; readonly column: string }
  | { readonly kind: "flickr"; readonly line: number }
  | {
      readonly kind: "json";
      readonly line?: number;
      readonly paths: readonly JsonPath[];
      readonly reading: "exact" | "trimmed" | StringPart;
    }
  | { readonly kind: "tableCell"; readonly row: number; readonly column: string; readonly position: number }
  | { readonly kind: "member"; readonly member: string; readonly place: MemberPlace }
  | { readonly kind: "fixed"; readonly why: string };

/** How a caption stands in the text of an archive's member. */
export type MemberPlace = Extract<CaptionPlace, { readonly kind: "plain" | "json" }>;

/** A caption within a string: its position among those that the string gives, and their number. */
export interface StringPart {
  readonly position: number;
  readonly count: number;
}

/** A caption as its dataset knows it. `position` and `count` are among the sample's captions of the very same origin, `captions` counts all of the sample. */
export interface PlacedCaption {
  readonly format: string;
  readonly origin: CaptionOrigin;
  readonly position: number;
  readonly count: number;
  readonly captions: number;
}

/** Where a caption stands in its file, from the dataset's format and the caption's origin; nothing is read. */
export function placeOfCaption(caption: PlacedCaption): CaptionPlace {
  const { format, origin } = caption;
  const ending = /\.[^./\\]+$/.exec(origin.file)?.[0].toLowerCase() ?? "";
  if (ending === ".tar") return memberOfArchive(caption);
  if (ending === ".parquet") return parquetCell(caption);
  switch (format) {
    case "sidecar":
    case "kohya":
    case "img2dataset":
      return ending === ".json" ? jsonSidecar(origin) : plainSidecar(caption);
    case "imagefolder":
    case "openClip":
    case "jsonl":
      return tableRow(caption, ending);
    case "flickr":
      return origin.line === undefined ? fixed(unknownPlace) : { kind: "flickr", line: origin.line };
    case "coco":
      return origin.row === undefined ? fixed(unknownPlace) : exactly([["annotations", origin.row, "caption"]]);
    case "karpathy":
      return karpathySentence(origin);
    case "kohyaMetadata":
      return kohyaEntry(caption);
    default:
      return fixed(unknownPlace);
  }
}

const unknownPlace = "Winnow doesn't know how captions of this format are written: change the file by hand";

function fixed(why: string): CaptionPlace {
  return { kind: "fixed", why };
}

function exactly(paths: readonly JsonPath[]): CaptionPlace {
  return { kind: "json", paths, reading: "exact" };
}

function plainSidecar({ format, origin: { line }, captions }: PlacedCaption): CaptionPlace {
  if (line === undefined) return { kind: "plain", part: { kind: "whole" } };
  const alone = captions === 1;
  return { kind: "plain", part: { kind: "line", line, alone, ...(format === "kohya" && alone ? { isFirst: true } : {}) } };
}

function jsonSidecar({ field }: CaptionOrigin): CaptionPlace {
  return field === undefined ? fixed(unknownPlace) : fieldOfFile(field);
}

/** A list's captions have the field `captions.2`; a name of a field may hold a dot itself. A text becomes the first of a list where another caption is added. */
function fieldOfFile(field: string): MemberPlace {
  const [, name, index] = /^(.*)\.(\d+)$/s.exec(field) ?? [];
  const paths: JsonPath[] = name === undefined ? [[field], [field, 0]] : [[field], [name, Number(index)]];
  return { kind: "json", paths, reading: "trimmed" };
}

/** A cell of JSON Lines is a text, or a list of texts that all have the row's origin. */
function tableRow({ origin: { line, row, field }, position }: PlacedCaption, ending: string): CaptionPlace {
  if (field === undefined || row === undefined || line === undefined) return fixed(unknownPlace);
  if (ending === ".csv" || ending === ".tsv") return { kind: "cell", row, column: field };
  return {
    kind: "json",
    line,
    paths: [[field, position], [field]],
    reading: "exact",
  };
}

/** The field is the member's name, of a `.json` with the field in it: `dir/0001.json#captions.2`. Loaders take the whole text of another. */
function memberOfArchive({ origin: { field, line }, captions }: PlacedCaption): CaptionPlace {
  if (field === undefined) return fixed(unknownPlace);
  const [, json, key] = /^(.*?\.json)#(.+)$/is.exec(field) ?? [];
  if (json !== undefined && key !== undefined) return { kind: "member", member: json, place: fieldOfFile(key) };
  const part: PlainPlace = line === undefined ? { kind: "body" } : { kind: "line", line, alone: captions === 1 };
  return { kind: "member", member: field, place: { kind: "plain", part } };
}

function parquetCell({ origin: { row, field }, position }: PlacedCaption): CaptionPlace {
  return row === undefined || field === undefined ? fixed(unknownPlace) : { kind: "tableCell", row, column: field, position };
}

function karpathySentence({ row, field }: CaptionOrigin): CaptionPlace {
  const index = /^sentences\[(\d+)\]\.raw$/.exec(field ?? "")?.[1];
  return row === undefined || index === undefined ? fixed(unknownPlace) : exactly([["images", row, "sentences", Number(index), "raw"]]);
}

/** The field is `<name of the picture>.caption`, or `.tags`. */
function kohyaEntry({ origin: { field = "" }, position, count }: PlacedCaption): CaptionPlace {
  const dot = field.lastIndexOf(".");
  if (dot < 0) return fixed(unknownPlace);
  return { kind: "json", paths: [[field.slice(0, dot), field.slice(dot + 1)]], reading: { position, count } };
}
