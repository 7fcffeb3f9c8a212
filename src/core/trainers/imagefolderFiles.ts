import { baseOf, folderOf, isHidden } from "./paths.ts";

/** The files of one split, in the order of their paths. */
export interface DataFiles {
  readonly split: "train" | "validation" | "test";
  readonly files: readonly string[];
}

/** The only names of metadata that are read. */
export const metadataNames: ReadonlySet<string> = new Set(["metadata.csv", "metadata.jsonl", "metadata.parquet"]);

/** Extensions of pictures by `datasets`' packaged_modules/imagefolder: what Pillow opens. AVIF, HEIC and JPEG XL are not among them. */
export const imageExtensions: ReadonlySet<string> = new Set(
  `.blp .bmp .dib .bufr .cur .pcx .dcx .dds .ps .eps .fit .fits .fli .flc .ftc .ftu .gbr .gif .grib .png .apng .jp2 .j2k .jpc .jpf .jpx .j2c .icns .ico .im
  .iim .tif .tiff .jfif .jpe .jpg .jpeg .mpg .mpeg .msp .pcd .pxr .pbm .pgm .ppm .pnm .psd .bw .rgb .rgba .sgi .ras .tga .icb .vda .vst .webp .wmf .emf .xbm
  .xpm`.split(/\s+/),
);

const keywords = {
  train: ["train", "training"],
  validation: ["validation", "valid", "dev", "val"],
  test: ["test", "testing", "eval", "evaluation"],
} as const;
const splitNames = ["train", "validation", "test"] as const;
const ignored: ReadonlySet<string> = new Set([
  "README.md",
  "config.json",
  "dataset_info.json",
  "dataset_infos.json",
  "dummy_data.zip",
  "dataset_dict.json",
]);

/**
 * The files of each split by `datasets.data_files.get_data_patterns`: where a folder's name holds the word of a split, the files in such folders and no
 * others; else where a file's name does, those files and no others; else all as train.
 */
export function dataFilesOf(paths: readonly string[]): DataFiles[] {
  const visible = paths.filter((path) => !isHidden(path) && !/(?:^|\/)__[^/]*\//.test(path) && !ignored.has(baseOf(path)));
  const byFolder = splitBy(visible, (path, word) =>
    folderOf(path)
      .split("/")
      .some((name) => isNamed(name, word)),
  );
  if (byFolder.length > 0) return byFolder;
  const byName = splitBy(visible, (path, word) => isNamed(baseOf(path), word) && !isWhole(baseOf(path), word));
  return byName.length > 0 ? byName : visible.length === 0 ? [] : [{ split: "train", files: visible }];
}

function splitBy(paths: readonly string[], fits: (path: string, word: string) => boolean): DataFiles[] {
  return splitNames
    .map((split) => ({ split, files: paths.filter((path) => keywords[split].some((word) => fits(path, word))) }))
    .filter(({ files }) => files.length > 0);
}

/** The word as the whole name, or between signs of `-._ 0-9` and the name's ends. */
function isNamed(name: string, word: string): boolean {
  return new RegExp(`(?:^|[-._ 0-9])${word}(?:$|[-._ 0-9])`).test(name);
}

/** In a file's name a sign must follow the word. */
function isWhole(name: string, word: string): boolean {
  return !new RegExp(`(?:^|[-._ 0-9])${word}[-._ 0-9]`).test(name);
}
