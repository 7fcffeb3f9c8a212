import type { FileHandle } from "node:fs/promises";
import { open } from "node:fs/promises";
import type { Env } from "../env.ts";
import type { TarHeader, TarOverride } from "./tarHeader.ts";
import { paddedSize, parseLongName, parsePax, parseTarHeader, tarBlockBytes } from "./tarHeader.ts";

/**
 * What an archive holds: members with the place of their bytes in the archive, so that each is opened in place later (right behind their header; `isSizedBefore` where another header before that
 * one tells their size, too); entries that can't be opened so (links, sparse files); and the damage at which reading had to end. Bodies come with the members whose names were asked for.
 */
export type TarPart =
  | TarMember
  | { readonly kind: "unsupported"; readonly name: string; readonly what: string }
  | { readonly kind: "damage"; readonly offset: number; readonly reason: string };

/** A member of an archive; see `TarPart`. */
export interface TarMember {
  readonly kind: "member";
  readonly name: string;
  readonly offset: number;
  readonly size: number;
  readonly isSizedBefore: boolean;
  readonly body?: Buffer;
}

/** What to read: `wantsBody` names the members whose bytes are needed now. */
export interface TarSource {
  readonly path: string;
  readonly sizeBytes: number;
  readonly wantsBody: (name: string) => boolean;
}

/** Bytes read at once: the header of a member, mostly the small texts behind it, and no more of a picture than must be. */
const windowBytes = 1 << 14;
/** A name or a text longer than this is damage and not read. */
const maximumBodyBytes = 1 << 24;
const skippedTypes: ReadonlySet<string> = new Set(["5", "g", "V"]);
const unsupportedTypes: ReadonlyMap<string, string> = new Map([
  ["1", "a hard link"],
  ["2", "a symbolic link"],
  ["S", "a sparse file"],
]);

/**
 * Walks the headers of a tar archive and steps over the bodies. Written here because tar-stream, a stream, must read every body and tells
 * no offsets.
 */
export async function* walkTar(env: Env, source: TarSource): AsyncGenerator<TarPart> {
  const handle = await open(source.path, "r");
  env.counters.filesRead += 1;
  try {
    const window = createWindow(env, handle);
    let override: TarOverride = {};
    for (let at = 0; at < source.sizeBytes;) {
      if (at + tarBlockBytes > source.sizeBytes) yield { kind: "damage", offset: at, reason: "it ends in the midst of a header" };
      if (at + tarBlockBytes > source.sizeBytes) return;
      const header = parseTarHeader(await window(at, tarBlockBytes));
      if (header.kind === "end") return;
      if (header.kind === "broken") {
        yield { kind: "damage", offset: at, reason: header.reason };
        return;
      }
      const size = override.size ?? header.size;
      const offset = at + tarBlockBytes;
      at = offset + paddedSize(size);
      if (offset + size > source.sizeBytes) {
        yield { kind: "damage", offset, reason: `it ends in the midst of ${override.name ?? header.name}` };
        return;
      }
      const next = await overrideOf(header.type, () => window(offset, Math.min(size, maximumBodyBytes)));
      if (next === undefined)
        yield* partOf(
          header,
          { name: override.name ?? header.name, offset, size, isSizedBefore: override.size !== undefined },
          source,
          window,
        );
      override = next === undefined ? {} : { ...override, ...next };
    }
  } finally {
    await handle.close();
  }
}

type Window = (offset: number, length: number) => Promise<Buffer>;

async function* partOf(
  header: TarHeader & { kind: "entry" },
  member: Omit<TarMember, "kind" | "body">,
  source: TarSource,
  window: Window,
): AsyncGenerator<TarPart> {
  const { name, offset, size } = member;
  const what = unsupportedTypes.get(header.type);
  if (what !== undefined) yield { kind: "unsupported", name, what };
  else if (!skippedTypes.has(header.type) && !name.endsWith("/")) {
    if (!source.wantsBody(name) || size > maximumBodyBytes) yield { kind: "member", ...member };
    else yield { kind: "member", ...member, body: Buffer.from(await window(offset, size)) };
  }
}

async function overrideOf(type: string, body: () => Promise<Buffer>): Promise<TarOverride | undefined> {
  if (type === "L") return parseLongName(await body());
  if (type === "x") return parsePax(await body());
  return type === "K" ? {} : undefined;
}

/** Reads ranges of a file through one buffer; the range given is valid until the next is asked for. */
function createWindow(env: Env, handle: FileHandle): Window {
  let buffer = Buffer.alloc(windowBytes);
  let from = 0;
  let to = 0;
  return async (offset, length) => {
    if (offset < from || offset + length > to) {
      if (length > buffer.length) buffer = Buffer.alloc(length);
      const { bytesRead } = await handle.read(buffer, 0, Math.max(length, windowBytes), offset);
      env.counters.bytesRead += bytesRead;
      from = offset;
      to = offset + bytesRead;
    }
    return buffer.subarray(offset - from, Math.min(offset - from + length, to - from));
  };
}
