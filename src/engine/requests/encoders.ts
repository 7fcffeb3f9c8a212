import { gradeOf, worstCosine } from "../../core/parity/certificate.ts";
import { formatCosine } from "../../core/parity/format.ts";
import type { EncoderReport } from "../../protocol/computeApi.ts";
import { isDual, readAnyEncoder } from "../encode/encoderFolder.ts";
import { listEncoders } from "../encode/encoders.ts";
import { listImported } from "../encode/importedEncoder.ts";
import { readInt8Record } from "../encode/int8Record.ts";
import type { Env } from "../env.ts";
import { readCertificate } from "../store/certificates.ts";

const imageOnlyNote = "sees pictures alone: name it with --companion, for a second opinion on near-duplicates";

/** The encoders that can be named with `--encoder`, the built-in one first, those of imported vectors last. */
export async function describeEncoders(env: Env): Promise<EncoderReport[]> {
  const described: EncoderReport[] = [];
  for (const { id, folder, isBuiltin, note } of await listEncoders(env)) {
    const common = { id, folder, builtin: isBuiltin, note: note ?? (await noteOfInt8(folder)) };
    try {
      const encoder = await readAnyEncoder(env, folder);
      const { id: encoderId, dim, family } = encoder.descriptor;
      const parity = (await readCertificate(env, encoderId))?.grade ?? null;
      const texts = isDual(encoder)
        ? { contextLength: encoder.descriptor.contextLength, imageOnly: false }
        : { contextLength: null, imageOnly: true, note: imageOnlyNote };
      described.push({ ...common, encoderId, dim, family, ...texts, problem: null, parity });
    } catch (error) {
      described.push({
        ...common,
        imageOnly: false,
        family: null,
        encoderId: null,
        dim: null,
        contextLength: null,
        problem: error instanceof Error ? error.message : String(error),
        parity: null,
      });
    }
  }
  for (const { descriptor } of await listImported(env)) {
    const { name, folder, id, dim } = descriptor;
    const note = "imported vectors without an encoder: scores, ranks and groups of what they are of, no search by text";
    described.push({
      id: name,
      folder,
      builtin: false,
      imageOnly: false,
      family: descriptor.family,
      note,
      encoderId: id,
      dim,
      contextLength: null,
      problem: null,
      parity: null,
    });
  }
  return described;
}

/** What is known of an encoder in eight bits that was made here. */
async function noteOfInt8(folder: string): Promise<string | null> {
  const record = await readInt8Record(folder);
  if (record === undefined) return null;
  const grade = `${gradeOf(record.cases)} against it, by a cosine of ${formatCosine(worstCosine(record.cases))} at least`;
  return `made of ${record.from} in eight bits, for the CPU: ${grade}`;
}
