/** What kept a model from being downloaded. `kind` is for programs; the message says what happened and what to do. */
export class HubError extends Error {
  override readonly name = "HubError";
  readonly kind: HubErrorKind;

  constructor(kind: HubErrorKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}

/** What can go wrong with a download. */
export type HubErrorKind = "offline" | "gated" | "missing" | "refused" | "interrupted" | "checksum" | "diskFull" | "unusable";
