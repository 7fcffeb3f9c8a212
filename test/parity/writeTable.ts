import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { CaseParity, Certificate } from "../../src/core/parity/certificate.ts";
import { formatCosine } from "../../src/core/parity/format.ts";
import { readEncoder } from "../../src/engine/encode/encoderFolder.ts";
import { createEnv } from "../../src/engine/environment.ts";
import { certify } from "../../src/engine/parity/certify.ts";
import { countTokenDifferences, drawnCount } from "./tokens.ts";
import { type MadeFamily, madeFamilies, makeModels } from "./models.ts";

// Writes media/docs/parity.md from runs at full depth (or --depth 2, in minutes): node test/parity/writeTable.ts clip openClip siglip chineseClip

/** Layers of the models: 12 are all that the published ones have. */
const { values, positionals } = parseArgs({ options: { depth: { type: "string", default: "12" } }, allowPositionals: true });

interface Row {
  readonly family: MadeFamily;
  readonly depth: number;
  readonly contrast: number;
  readonly certificate: Certificate;
  readonly tokens: { readonly differing: number; readonly compared: number };
}

async function prove(family: MadeFamily, depth: number): Promise<Row> {
  const folder = await mkdtemp(join(tmpdir(), "winnow-parity-table-"));
  try {
    const [model] = await makeModels(folder, [family], depth);
    const env = createEnv({ cacheFolder: join(folder, "cache") });
    const options = { provider: "cpu", signal: new AbortController().signal, onProgress: () => undefined } as const;
    const certificate = await certify(env, await readEncoder(env, model!.encoder), { kind: "folder", folder: model!.material }, options);
    const [tokens] = await countTokenDifferences(folder, [model!]);
    return {
      family,
      depth,
      contrast: model!.contrast,
      certificate,
      tokens: { differing: tokens!.differing.length, compared: drawnCount - tokens!.leftOut },
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function format(rows: readonly Row[]): string {
  const { reference, date } = rows[0]!.certificate;
  const versions = Object.entries(reference.versions).map(([name, version]) => `${name} ${version}`);
  return [
    "# Parity",
    "",
    "How close Winnow's vectors come to those of the Python libraries that models are trained and published with. True architectures with random weights (no weights can be had where this was run), the real preprocessors and tokenizers,",
    `fp32 on the processor, the generated pictures and texts of \`winnow parity\`. Written by \`test/parity/writeTable.ts\` on ${date.slice(0, 10)}, beside ${versions.join(", ")}.`,
    `The tests prove the same on two layers in every run of CI, and that faults show: another interpolation, colours out of order, a tokenizer that keeps capitals. A cosine is cut, never rounded, at the seventh digit, where sums in float32 end.`,
    "",
    "| model | layers | grade | least cosine, pictures | least cosine, texts | contrast | other tokens |",
    "| --- | ---: | --- | ---: | ---: | ---: | ---: |",
    ...rows.map(
      ({ family, depth, certificate: { grade, cases }, contrast, tokens }) =>
        `| ${madeFamilies[family]} | ${depth} | ${grade} | ${least(cases, "image")} | ${least(cases, "text")} | ${contrast.toFixed(2)} | ${tokens.differing} of ${tokens.compared.toLocaleString("en")} |`,
    ),
    "",
    "The contrast is the mean cosine between different noise pictures: where it is near 1, faults don't show. The texts of the last column are drawn anew from a seed: many scripts, emoji, control characters and white space of every kind, combining marks, entities, special tokens, over-long ones.",
    "",
    "## By case",
    "",
    `| side | case | count | ${rows.map(({ family }) => family).join(" | ")} |`,
    `| --- | --- | ---: | ${rows.map(() => "---:").join(" | ")} |`,
    ...rows[0]!.certificate.cases.map(
      ({ id, modality, count }, at) =>
        `| ${modality} | ${id} | ${count} | ${rows.map(({ certificate }) => formatCosine(certificate.cases[at]!.min)).join(" | ")} |`,
    ),
    "",
    "## What it does not tell",
    "",
    "- SigLIP's sentencepiece model and Chinese-CLIP's vocabulary can't be had offline: the same pipelines run over a small trained vocabulary and over BERT's own.",
    "- Pictures are turned upright by their EXIF orientation on both sides (open_clip's CSV loader doesn't), and transformers prepares them with Pillow, which is what Winnow follows. Its torchvision back-end differs from that by up to two levels a pixel.",
    "- open_clip repairs texts that were decoded wrongly (ftfy's guess at mojibake); Winnow leaves them as they are.",
    "- AVIF and rare TIFFs are decoded otherwise by the libraries; see the docstring of `decodePicture.ts`.",
    "",
  ].join("\n");
}

function least(cases: readonly CaseParity[], side: CaseParity["modality"]): string {
  return formatCosine(Math.min(...cases.filter(({ modality }) => modality === side).map(({ min }) => min ?? Number.NaN)));
}

// Named families are proven and their figures kept; the table is of all that are kept, for each takes minutes and some GB.
const kept = fileURLToPath(new URL("../../out/parity", import.meta.url));
await mkdir(kept, { recursive: true });
for (const family of positionals as MadeFamily[]) {
  const row = await prove(family, Number(values.depth));
  await writeFile(join(kept, `${family}.json`), JSON.stringify(row));
  console.log(family, row.certificate.grade, row.tokens);
}
const present = (Object.keys(madeFamilies) as MadeFamily[]).filter((family) => existsSync(join(kept, `${family}.json`)));
const rows = await Promise.all(present.map(async (family) => JSON.parse(await readFile(join(kept, `${family}.json`), "utf8")) as Row));
if (rows.length > 0) await writeFile(fileURLToPath(new URL("../../media/docs/parity.md", import.meta.url)), format(rows));
