import type { Classified } from "../protocol/classified.ts";
import { percent } from "./tuneReport.ts";

/** Of each list, as many as fit a screen. */
const shown = 10;

/** What a person reads of classifiers over a dataset's pictures. */
export function formatClassified({ pictures, withoutVectors, classes, methods, best, misfits, folder }: Classified): string {
  const width = Math.max(...methods.map(({ name }) => name.length));
  const worst = classes.toSorted((a, b) => a.right / a.pictures - b.right / b.pictures).slice(0, shown);
  return [
    `${pictures} pictures of ${classes.length} classes${withoutVectors > 0 ? `; without a vector, which take no part: ${withoutVectors}` : ""}`,
    "",
    "Right about pictures that were not seen (five folds)",
    ...methods.map(({ id, name, accuracy }) => `  ${name.padEnd(width)}  ${percent(accuracy).padStart(7)}${id === best ? "  ← best" : ""}`),
    "",
    "Classes that are told apart worst",
    ...worst.map(({ name, right, pictures: of }) => `  ${percent(right / of).padStart(7)} of ${of}  ${name}`),
    "",
    `Labels that the best method doesn't believe: ${misfits.length}${misfits.length > 0 ? ", the surest first" : ""}`,
    ...misfits.slice(0, shown).map(({ sample, label, predicted, share }) => `  ${sample}  ${label} → ${predicted} (${percent(share)})`),
    "",
    `All judgements and the best linear classifier are in ${folder}`,
  ].join("\n");
}
