import type { Certificate } from "../core/parity/certificate.ts";
import type { ProviderChoice } from "../core/providers.ts";

/** What an encoder is compared with: a model that Python loads here, vectors that were made elsewhere, or another encoder by id or folder (`dtype` of its exports). */
export type ParitySource =
  | { readonly kind: "python"; readonly interpreter: string; readonly model: string; readonly pretrained?: string }
  | { readonly kind: "folder"; readonly folder: string }
  | { readonly kind: "encoder"; readonly encoder: string; readonly dtype?: string };

/** Compares an encoder (by id or folder, and by dtype where it has several exports) with a reference, over generated pictures and texts. */
export interface ParityRequest {
  readonly encoder: string;
  readonly dtype?: string;
  /** The encoder as it is where a run lets large JPEGs be decoded smaller: another id, with a certificate of its own. */
  readonly shrinkOnLoad?: boolean;
  readonly provider: ProviderChoice;
  readonly against: ParitySource;
}

/** What is asked about parity. */
export interface ParityApi {
  /** Makes the certificate and keeps it in the cache; pictures and texts as progress. */
  certifyEncoder: { params: ParityRequest; result: Certificate; progress: { done: number; total: number } };
}
