const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Tells whether a name that was decoded as UTF-8 lost bytes on the way. A name that truly holds U+FFFD looks the same and is read again as bytes. */
export function isInvalidName(name: string): boolean {
  return name.includes("\ufffd");
}

/** Name of a file for ids and people: its UTF-8, or, where its bytes are not valid UTF-8, each invalid byte (and each `%`) as `%` and two digits. */
export function nameFromBytes(bytes: Uint8Array): string {
  return decode(bytes) ?? escapeInvalid(bytes);
}

function escapeInvalid(bytes: Uint8Array): string {
  let name = "";
  for (let from = 0; from < bytes.length;) {
    const lead = bytes[from] ?? 0;
    const length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    const character = lead === 0x25 ? undefined : decode(bytes.subarray(from, from + length));
    name += character ?? `%${lead.toString(16).toUpperCase().padStart(2, "0")}`;
    from += character === undefined ? 1 : length;
  }
  return name;
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return strictUtf8.decode(bytes);
  } catch {
    return undefined;
  }
}
