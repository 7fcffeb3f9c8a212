import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { PbfReader } from "pbf";

/**
 * A field of a protobuf message in a file: its number, where its tag begins, and where its bytes lie; `value` is that of a whole number.
 */
export interface Field {
  readonly number: number;
  readonly start: number;
  readonly from: number;
  readonly to: number;
  readonly value: number | undefined;
}

/** A file that is read where it is looked at. `bytes` are good until the next call; at the end of the file they are fewer. */
export interface FileWindow {
  readonly path: string;
  readonly sizeBytes: number;
  bytes(from: number, to: number): Uint8Array;
  close(): void;
}

const lengthDelimited = 2;
/** The longest varint of protobuf. */
const varintBytes = 10;
const windowBytes = 1 << 18;

/** Opens a file to look at; close it in the end. */
export function openWindow(path: string): FileWindow {
  const descriptor = openSync(path, "r");
  const sizeBytes = fstatSync(descriptor).size;
  let start = 0;
  let window = new Uint8Array(0);
  return {
    path,
    sizeBytes,
    bytes: (from, to) => {
      if (from < start || to > start + window.length) {
        window = new Uint8Array(Math.max(to - from, Math.min(windowBytes, sizeBytes - from)));
        window = window.subarray(0, readSync(descriptor, window, 0, window.length, from));
        start = from;
      }
      return window.subarray(from - start, to - start);
    },
    close: () => closeSync(descriptor),
  };
}

/** Steps through the fields of a message. Throws a RangeError where the bytes are no message or end too early. */
export function* fieldsOf(file: FileWindow, { from, to }: { from: number; to: number }): Generator<Field> {
  let at = from;
  while (at < to) {
    const pbf = new PbfReader(file.bytes(at, Math.min(to, at + 2 * varintBytes)));
    const tag = pbf.readVarint();
    const wire = tag & 7;
    const value = wire === 0 || wire === lengthDelimited ? pbf.readVarint() : 0;
    const start = at + pbf.pos + (wire === 1 ? 8 : wire === 5 ? 4 : 0);
    const end = wire === lengthDelimited ? start + value : start;
    if (end > to || tag >> 3 === 0 || wire === 3 || wire === 4 || wire > 5)
      throw new RangeError(`it breaks off or makes no sense at byte ${at}`);
    yield { number: tag >> 3, start: at, from: start, to: end, value: wire === 0 ? value : undefined };
    at = end;
  }
}

/** The text of a field. */
export function textOf(file: FileWindow, field: Field): string {
  return Buffer.from(file.bytes(field.from, field.to)).toString();
}
