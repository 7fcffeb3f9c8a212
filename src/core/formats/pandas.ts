/** Texts that `pandas.read_csv` takes for a missing value, quoted or not (pandas 3.0.6, `pandas._libs.parsers.STR_NA_VALUES`). */
const missingWords: ReadonlySet<string> = new Set([
  "",
  "#N/A",
  "#N/A N/A",
  "#NA",
  "-1.#IND",
  "-1.#QNAN",
  "-NaN",
  "-nan",
  "1.#IND",
  "1.#QNAN",
  "<NA>",
  "N/A",
  "NA",
  "NULL",
  "NaN",
  "None",
  "n/a",
  "nan",
  "null",
]);

/** Tells whether pandas reads a cell as missing: open_clip then trains on the word "nan". A leading space is enough to prevent it. */
export function isMissingForPandas(text: string): boolean {
  return missingWords.has(text);
}
