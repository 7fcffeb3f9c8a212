import fc from "fast-check";
import type { FormatReader } from "../../../../src/engine/discover/reader.ts";
import { cocoReader } from "../../../../src/engine/discover/coco.ts";
import { flickrReader } from "../../../../src/engine/discover/flickr.ts";
import { imagefolderReader } from "../../../../src/engine/discover/imagefolder.ts";
import { jsonlReader } from "../../../../src/engine/discover/jsonl.ts";
import { karpathyReader } from "../../../../src/engine/discover/karpathy.ts";
import { kohyaReader } from "../../../../src/engine/discover/kohya.ts";
import { kohyaMetadataReader } from "../../../../src/engine/discover/kohyaMetadata.ts";
import { openClipReader } from "../../../../src/engine/discover/openClip.ts";
import type { DiscoverOptions } from "../../../../src/engine/discover/reader.ts";
import { sidecarReader } from "../../../../src/engine/discover/sidecar.ts";

/** A way in which datasets keep captions: files made of texts, and the reader that finds them again. */
export interface CaptionFormat {
  readonly name: string;
  readonly reader: FormatReader;
  readonly options: DiscoverOptions;
  /** Files but the pictures, from drawn texts. */
  readonly files: (texts: readonly string[]) => fc.Arbitrary<Record<string, string | Buffer>>;
  /** Whether the reader looks into the beginnings of its files. */
  readonly isTable: boolean;
  /** Folder of the pictures `a.jpg`, `b.jpg` and `c.jpg`. */
  readonly pictures: string;
}

const names = ["a", "b", "c"] as const;
const line = (text: string): string => text.replaceAll(/[\r\n]+/g, " ").trim() || "x";
const csv = (text: string, quoted: boolean): string => (quoted || /[",\t\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
const plain = (file: string, text: string): fc.Arbitrary<Record<string, string>> => fc.constant({ [file]: text });

function textFormat(options: DiscoverOptions, encode: (text: string) => fc.Arbitrary<Buffer>): CaptionFormat {
  return {
    name: `caption files (${options.captions})`,
    reader: sidecarReader,
    options: { ...options, captionExtension: ".txt" },
    files: (texts) =>
      fc
        .tuple(...texts.map((text) => encode(`${text}\n`)))
        .map((all) => Object.fromEntries(all.map((bytes, at) => [`${names[at]!}.txt`, bytes]))),
    isTable: false,
    pictures: "",
  };
}

const encodings = (text: string): fc.Arbitrary<Buffer> =>
  fc.constantFrom(
    Buffer.from(text),
    Buffer.from(`\ufeff${text}`),
    Buffer.from(`\ufeff${text}`, "utf16le"),
    Buffer.from(`\ufeff${text}`, "utf16le").swap16(),
  );

/** A table with a row a picture, below a first line where `head` is one. */
function rowsFormat(
  name: string,
  reader: FormatReader,
  [file, head = ""]: readonly [file: string, head?: string],
  write: (text: string, picture: string, quoted: boolean) => string,
): CaptionFormat {
  return {
    name,
    reader,
    options: {},
    files: (texts) =>
      fc
        .tuple(fc.boolean(), fc.constantFrom("\n", "\r\n"), fc.boolean())
        .chain(([quoted, end, ends]) =>
          plain(
            file,
            [...(head === "" ? [] : [head]), ...texts.map((text, at) => write(text, `${names[at]!}.jpg`, quoted))].join(end) +
              (ends ? end : ""),
          ),
        ),
    isTable: true,
    pictures: "",
  };
}

/** One document of JSON. */
function jsonFormat(
  name: string,
  reader: FormatReader,
  [file, options = {}]: readonly [file: string, options?: DiscoverOptions],
  write: (texts: readonly string[]) => unknown,
): CaptionFormat {
  return {
    name,
    reader,
    options,
    files: (texts) => fc.constantFrom(0, 1, 4).chain((indent) => plain(file, JSON.stringify(write(texts), null, indent))),
    isTable: reader !== kohyaMetadataReader,
    pictures: "",
  };
}

/** Every way in which captions can be changed in place. */
export const captionFormats: readonly CaptionFormat[] = [
  textFormat({ captions: "one" }, encodings),
  textFormat({ captions: "lines" }, encodings),
  textFormat({ captions: "first" }, encodings),
  {
    name: "kohya's folders",
    reader: kohyaReader,
    options: {},
    files: (texts) => fc.constant(Object.fromEntries(texts.map((text, at) => [`3_dog/${names[at]!}.caption`, `${line(text)}\nsecond`]))),
    isTable: false,
    pictures: "3_dog/",
  },
  {
    name: "JSON beside pictures",
    reader: sidecarReader,
    options: {},
    files: (texts) =>
      fc
        .boolean()
        .map((list) =>
          Object.fromEntries(
            texts.map((text, at) => [
              `${names[at]!}.json`,
              JSON.stringify({ id: at, captions: list ? [text, "other", text] : text, z: [{}] }, null, 1),
            ]),
          ),
        ),
    isTable: false,
    pictures: "",
  },
  jsonFormat("kohya's metadata", kohyaMetadataReader, ["meta.json"], (texts) =>
    Object.fromEntries(texts.map((text, at) => [`${names[at]!}.jpg`, { tags: "x, y", caption: text.trim() === "" ? "z" : text }])),
  ),
  jsonFormat("kohya's metadata by lines", kohyaMetadataReader, ["meta.json", { captions: "lines" }], (texts) =>
    Object.fromEntries(texts.map((text, at) => [names[at]!, { caption: `${text}\nsecond` }])),
  ),
  rowsFormat("JSON Lines", jsonlReader, ["data.jsonl"], (text, image) => JSON.stringify({ image, text, more: { text: "no" } })),
  rowsFormat("JSON Lines with lists", jsonlReader, ["data.jsonl"], (text, image) => JSON.stringify({ image, captions: [text, "x", text] })),
  rowsFormat("open_clip's CSV", openClipReader, ["data.csv", "filepath,title"], (text, image, quoted) => `${image},${csv(text, quoted)}`),
  rowsFormat("open_clip's TSV", openClipReader, ["data.tsv", "title\tfilepath"], (text, image, quoted) => `${csv(text, quoted)}\t${image}`),
  rowsFormat(
    "ImageFolder's CSV",
    imagefolderReader,
    ["metadata.csv", "file_name,n,text"],
    (text, image, quoted) => `${image},7,${csv(text, quoted)}`,
  ),
  rowsFormat("ImageFolder's JSON Lines", imagefolderReader, ["metadata.jsonl"], (text, file_name) => JSON.stringify({ file_name, text })),
  jsonFormat("COCO", cocoReader, ["captions.json"], (texts) => ({
    images: texts.map((_, at) => ({ id: at, file_name: `${names[at]!}.jpg`, width: 1 })),
    annotations: texts.flatMap((caption, at) => [
      { id: 10 + at, image_id: at, caption },
      { id: 5 - at, image_id: at, caption: `other ${at}` },
    ]),
  })),
  jsonFormat("Karpathy's splits", karpathyReader, ["dataset.json"], (texts) => ({
    images: texts.map((raw, at) => ({
      filename: `${names[at]!}.jpg`,
      split: "train",
      sentences: [
        { raw: "first", tokens: ["first"] },
        { tokens: [], raw },
      ],
    })),
  })),
  rowsFormat("Flickr's tokens", flickrReader, ["Flickr8k.token.txt"], (text, image) => `${image}#0\t${line(text)}\n${image}#1\tother`),
  rowsFormat(
    "Flickr's results",
    flickrReader,
    ["results.csv", "image_name| comment_number| comment"],
    (text, image) => `${image}| 0| ${line(text)}`,
  ),
  rowsFormat(
    "Flickr's captions",
    flickrReader,
    ["captions.txt", "image,caption"],
    (text, image, quoted) => `${image},${quoted ? csv(line(text), true) : line(text).replaceAll('"', "'")}`,
  ),
];
