import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { EncoderId } from "../../core/encoder.ts";
import { type Certificate, standingCertificate } from "../../core/parity/certificate.ts";
import type { Env } from "../env.ts";
import { sha256, writeAtomically } from "./files.ts";

const share = z.number().min(-1).max(1).nullable();
/** The shape of a case's cosines in a file. */
export const caseShape = z.object({
  id: z.string(),
  modality: z.enum(["image", "text"]),
  count: z.number(),
  unknown: z.number(),
  min: share,
  mean: share,
});
const certificateShape = z.object({
  schema: z.literal(1),
  encoder: z.string().transform((id) => id as EncoderId),
  provider: z.string(),
  reference: z.object({ kind: z.enum(["python", "folder", "encoder"]), name: z.string(), versions: z.record(z.string(), z.string()) }),
  cases: z.array(caseShape),
  grade: z.enum(["exact", "usable", "failed"]),
  date: z.string(),
});

/** The certificate of an encoder that stands; undefined where it was never compared, or what is there can't be read. */
export async function readCertificate(env: Env, encoder: EncoderId): Promise<Certificate | undefined> {
  try {
    const certificate = certificateShape.parse(JSON.parse(await readFile(pathOf(env, encoder), "utf8")));
    return certificate.encoder === encoder ? certificate : undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT")
      env.log("store.certificates", `the certificate of ${encoder} can't be read: ${String(error)}`);
    return undefined;
  }
}

/** Keeps a certificate, unless one that outweighs it is there (see `standingCertificate`); gives the one that stands. */
export async function keepCertificate(env: Env, certificate: Certificate): Promise<Certificate> {
  const standing = standingCertificate(await readCertificate(env, certificate.encoder), certificate);
  await writeAtomically(pathOf(env, certificate.encoder), JSON.stringify(standing));
  return standing;
}

function pathOf(env: Env, encoder: EncoderId): string {
  return join(env.cacheFolder, "certificates", `${sha256(encoder)}.json`);
}
