import { resolve } from "node:path";
import type { Certificate } from "../../core/parity/certificate.ts";
import type { ParityRequest, ParitySource } from "../../protocol/parity.ts";
import { type ImageEncoder, readAnyEncoder, withShrinkOnLoad } from "../encode/encoderFolder.ts";
import { findEncoder } from "../encode/encoders.ts";
import type { Env } from "../env.ts";
import { type Against, certify, type CertifyOptions } from "../parity/certify.ts";

/** Makes the parity certificate of an encoder. Throws an EncoderError or a ParityError that says what is missing. */
export async function certifyEncoder(env: Env, request: ParityRequest, watch: Omit<CertifyOptions, "provider">): Promise<Certificate> {
  const read = await openEncoder(env, request.encoder, request.dtype);
  const encoder = request.shrinkOnLoad === true ? withShrinkOnLoad(read) : read;
  const against = await resolveSource(env, request.against);
  return await certify(env, encoder, against, { ...watch, provider: request.provider });
}

async function resolveSource(env: Env, source: ParitySource): Promise<Against> {
  switch (source.kind) {
    case "python":
      return source;
    case "folder":
      return { kind: "folder", folder: resolve(source.folder) };
    case "encoder":
      return { kind: "encoder", encoder: await openEncoder(env, source.encoder, source.dtype) };
  }
}

async function openEncoder(env: Env, idOrFolder: string, dtype: string | undefined): Promise<ImageEncoder> {
  return await readAnyEncoder(env, (await findEncoder(env, idOrFolder)).folder, dtype);
}
