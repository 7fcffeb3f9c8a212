import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Certificate, gradeOf, type ParityReference } from "../../core/parity/certificate.ts";
import { compareByCase, type ParityVectors } from "../../core/parity/compare.ts";
import type { ProviderChoice } from "../../core/providers.ts";
import type { ImageEncoder } from "../encode/encoderFolder.ts";
import { isDual } from "../encode/encoderFolder.ts";
import type { Env } from "../env.ts";
import { keepCertificate } from "../store/certificates.ts";
import { itemsOf, makeMaterial, type Material, type OnParityProgress, readMaterial } from "./material.ts";
import { encodeMaterial, sidesOf } from "./ownVectors.ts";
import { ParityError } from "./parityError.ts";
import { makePythonReference, type PythonChoice } from "./pythonReference.ts";
import { readReferenceVectors } from "./referenceVectors.ts";

/** What an encoder is compared with: Python's libraries on this machine, the vectors in a folder, or another encoder (the fp32 graphs of the same model, say). */
export type Against =
  | ({ readonly kind: "python" } & PythonChoice)
  | { readonly kind: "folder"; readonly folder: string }
  | { readonly kind: "encoder"; readonly encoder: ImageEncoder; readonly provider?: ProviderChoice };

/** How an encoder is certified. Progress counts pictures and texts, on both sides where both are encoded here. */
export interface CertifyOptions {
  readonly provider: ProviderChoice;
  readonly signal: AbortSignal;
  readonly onProgress: OnParityProgress;
}

/**
 * Compares an encoder with a reference over the whole reference material and keeps the certificate in the cache. Throws a ParityError or an EncoderError where the
 * comparison can't be made, and the signal's reason when stopped; an encoder that differs is no error but a grade.
 */
export async function certify(env: Env, encoder: ImageEncoder, against: Against, options: CertifyOptions): Promise<Certificate> {
  if (!isDual(encoder) && against.kind !== "encoder")
    throw new ParityError(`${encoder.descriptor.name} sees pictures alone: compare it with another encoder of Winnow (--against)`);
  if (against.kind === "folder") {
    const material = await readMaterial(against.folder);
    return await certifyWith(env, { encoder, material, against }, options);
  }
  const folder = await mkdtemp(join(tmpdir(), "winnow-parity-"));
  try {
    const material = await makeMaterial(folder, options);
    return await certifyWith(env, { encoder, material, against }, options);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Comparison {
  readonly encoder: ImageEncoder;
  readonly material: Material;
  readonly against: Against;
}

async function certifyWith(env: Env, { encoder, material, against }: Comparison, options: CertifyOptions): Promise<Certificate> {
  const { id, dim } = encoder.descriptor;
  const items = itemsOf(material, sidesOf(encoder));
  const progress = { done: 0, total: against.kind === "folder" ? items.length : 2 * items.length };
  const advance = (count: number): void => {
    progress.done += count;
    options.onProgress({ ...progress });
  };
  const reference = await makeReference(env, { encoder, material, against }, { ...options, advance });
  progress.done = progress.total - items.length;
  const ours = await encodeMaterial(env, encoder, material, { ...options, onDone: advance });
  const cases = compareByCase(items, dim, [ours, reference.vectors]);
  const certificate: Certificate = {
    schema: 1,
    encoder: id,
    provider: ours.provider,
    reference: reference.described,
    cases,
    grade: gradeOf(cases),
    date: new Date(env.now()).toISOString(),
  };
  await keepCertificate(env, certificate);
  return certificate;
}

interface MadeReference {
  readonly vectors: ParityVectors;
  readonly described: ParityReference;
}

async function makeReference(
  env: Env,
  { encoder, material, against }: Comparison,
  options: CertifyOptions & { readonly advance: (count: number) => void },
): Promise<MadeReference> {
  const { dim } = encoder.descriptor;
  if (against.kind === "encoder") {
    const { descriptor } = against.encoder;
    if (isDual(against.encoder) !== isDual(encoder))
      throw new ParityError(
        `Of ${descriptor.name} and ${encoder.descriptor.name} one sees pictures alone: compare two exports of one model`,
      );
    if (descriptor.dim !== dim)
      throw new ParityError(
        `${descriptor.name} gives ${descriptor.dim} numbers and ${encoder.descriptor.name} ${dim}: compare two exports of one model`,
      );
    const provider = against.provider ?? "cpu";
    const vectors = await encodeMaterial(env, against.encoder, material, { ...options, provider, onDone: options.advance });
    return { vectors, described: { kind: "encoder", name: descriptor.id, versions: { provider: vectors.provider } } };
  }
  if (against.kind === "python") {
    let known = 0;
    const onProgress: OnParityProgress = ({ done }) => {
      options.advance(done - known);
      known = done;
    };
    await makePythonReference(material.folder, against, { signal: options.signal, onProgress });
  }
  const { model, versions, ...vectors } = await readReferenceVectors(material, dim);
  return { vectors, described: { kind: against.kind, name: model, versions } };
}
