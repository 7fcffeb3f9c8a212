import type { CaseParity, Certificate } from "./certificate.ts";

/** What a grade means, for people. */
export const gradeWords: Readonly<Record<Certificate["grade"], string>> = {
  exact: "exact: as close to the reference as the reference's own back-ends are to each other",
  usable: "usable: scores shift by less than what published cuts are given to",
  failed: "failed: not the reference's vectors, so that published cuts don't hold",
};

/** A certificate as Markdown: what was compared with what, and a row a case. */
export function formatCertificate({ encoder, provider, reference, cases, grade, date }: Certificate): string {
  const versions = Object.entries(reference.versions).map(([name, version]) => `${name} ${version}`);
  return [
    `# Parity of ${encoder}`,
    "",
    `Grade: **${grade}** (${gradeWords[grade].slice(grade.length + 2)})`,
    "",
    `Compared with ${reference.name}${versions.length === 0 ? "" : ` (${versions.join(", ")})`} on ${date.slice(0, 10)}; ours ran on ${provider}.`,
    "",
    ...formatCases(cases),
    "",
  ].join("\n");
}

/** What is known of an encoder's parity, in a line; null where it was not compared. */
export function formatParity({
  encoder,
  shrinkOnLoad,
  grade,
  reference,
}: {
  readonly encoder: string;
  readonly shrinkOnLoad: boolean;
  readonly grade: Certificate["grade"] | null;
  readonly reference: string | null;
}): string {
  const against = reference === null ? "" : ` against ${reference}`;
  return `${encoder}${shrinkOnLoad ? ", with shrinking on load," : ""} is ${grade ?? "not certified"}${against}`;
}

/** The cases as a Markdown table. */
export function formatCases(cases: readonly CaseParity[]): string[] {
  return [
    "| side | case | count | least cosine | mean cosine |",
    "| --- | --- | ---: | ---: | ---: |",
    ...cases.map(
      ({ id, modality, count, unknown, min, mean }) =>
        `| ${modality} | ${id} | ${count}${unknown === 0 ? "" : ` (${unknown} without a vector)`} | ${formatCosine(min)} | ${formatCosine(mean)} |`,
    ),
  ];
}

/** Seven digits after the point, cut and not rounded: what is not 1 does not read as 1. */
export function formatCosine(cosine: number | null): string {
  return cosine === null ? "unknown" : (Math.floor(cosine * 1e7) / 1e7).toFixed(7);
}
