/** A value of Thrift's compact protocol. Integers of all widths are exact; `bits` are a double's bytes, kept as they are. */
export type ThriftValue =
  | { readonly kind: "boolean"; readonly value: boolean }
  | { readonly kind: "integer"; readonly type: IntegerType; readonly value: bigint }
  | { readonly kind: "double"; readonly bits: Uint8Array }
  | { readonly kind: "binary"; readonly bytes: Uint8Array }
  | { readonly kind: "list"; readonly type: ListType; readonly elements: number; readonly items: readonly ThriftValue[] }
  | { readonly kind: "struct"; readonly fields: ThriftStruct };

/** The fields of a struct by their numbers, ascending as they were read; what nobody here knows stays. */
export type ThriftStruct = ReadonlyMap<number, ThriftValue>;

/** Types as the protocol numbers them (apache/thrift, doc/specs/thrift-compact-protocol.md). */
const types = { true: 1, false: 2, byte: 3, i16: 4, i32: 5, i64: 6, double: 7, binary: 8, list: 9, set: 10, struct: 12 } as const;
type IntegerType = 3 | 4 | 5 | 6;
type ListType = 9 | 10;

/** Bytes that are no struct of the compact protocol, or hold what Parquet never uses. */
export class ThriftError extends Error {
  constructor(what: string) {
    super(`The bytes are no struct of Thrift's compact protocol: ${what}`);
    this.name = "ThriftError";
  }
}

/** Reads the struct at the beginning of bytes, whole, so that it can be written again with all its fields. Throws `ThriftError`. */
export function parseThrift(bytes: Uint8Array): ThriftStruct {
  return readStruct({ bytes, at: 0 });
}

/** The bytes of a struct. */
export function formatThrift(struct: ThriftStruct): Uint8Array {
  const out: Uint8Array[] = [];
  writeStruct(out, struct);
  return Buffer.concat(out);
}

/** An integer of 32 bits. */
export function int32(value: number): ThriftValue {
  return { kind: "integer", type: types.i32, value: BigInt(value) };
}

/** An integer of 64 bits. */
export function int64(value: number): ThriftValue {
  return { kind: "integer", type: types.i64, value: BigInt(value) };
}

/** A list of integers of 32 bits. */
export function int32List(values: readonly number[]): ThriftValue {
  return { kind: "list", type: types.list, elements: types.i32, items: values.map(int32) };
}

/** A struct of the fields that are there. */
export function structOf(fields: readonly (readonly [number, ThriftValue | undefined])[]): ThriftStruct {
  return new Map(fields.flatMap(([field, value]) => (value === undefined ? [] : [[field, value] as const])));
}

/** A field's integer as a number; undefined where there is none, or one that no number holds exactly. */
export function integerOf(struct: ThriftStruct | undefined, field: number): number | undefined {
  const value = struct?.get(field);
  if (value?.kind !== "integer") return undefined;
  const number = Number(value.value);
  return Number.isSafeInteger(number) ? number : undefined;
}

/** A field's struct; undefined where there is none. */
export function structIn(struct: ThriftStruct | undefined, field: number): ThriftStruct | undefined {
  const value = struct?.get(field);
  return value?.kind === "struct" ? value.fields : undefined;
}

/** The structs in a field's list; none where there is no list. */
export function structsIn(struct: ThriftStruct | undefined, field: number): readonly ThriftStruct[] {
  const value = struct?.get(field);
  return value?.kind === "list" ? value.items.flatMap((item) => (item.kind === "struct" ? [item.fields] : [])) : [];
}

/** A list of structs. */
export function structList(structs: readonly ThriftStruct[]): ThriftValue {
  return { kind: "list", type: types.list, elements: types.struct, items: structs.map((fields) => ({ kind: "struct", fields })) };
}

/** A field's bytes as text; undefined where there are none. */
export function textIn(struct: ThriftStruct | undefined, field: number): string | undefined {
  const value = struct?.get(field);
  return value?.kind === "binary" ? Buffer.from(value.bytes).toString("utf8") : undefined;
}

interface Cursor {
  readonly bytes: Uint8Array;
  at: number;
}

function readStruct(cursor: Cursor): ThriftStruct {
  const fields = new Map<number, ThriftValue>();
  for (let last = 0; ;) {
    const head = readByte(cursor);
    if (head === 0) return fields;
    const delta = head >> 4;
    last = delta === 0 ? Number(fromZigzag(readVarint(cursor))) : last + delta;
    const type = head & 0x0f;
    const isBoolean = type === types.true || type === types.false;
    fields.set(last, isBoolean ? { kind: "boolean", value: type === types.true } : readValue(cursor, type));
  }
}

function readValue(cursor: Cursor, type: number): ThriftValue {
  switch (type) {
    case types.true:
    case types.false:
      return { kind: "boolean", value: readByte(cursor) === types.true };
    case types.byte:
      return { kind: "integer", type, value: BigInt.asIntN(8, BigInt(readByte(cursor))) };
    case types.i16:
    case types.i32:
    case types.i64:
      return { kind: "integer", type, value: fromZigzag(readVarint(cursor)) };
    case types.double:
      return { kind: "double", bits: take(cursor, 8) };
    case types.binary:
      return { kind: "binary", bytes: take(cursor, Number(readVarint(cursor))) };
    case types.list:
    case types.set:
      return readList(cursor, type);
    case types.struct:
      return { kind: "struct", fields: readStruct(cursor) };
    default:
      throw new ThriftError(`a value of type ${type}`);
  }
}

function readList(cursor: Cursor, type: ListType): ThriftValue {
  const head = readByte(cursor);
  const count = head >> 4 === 15 ? Number(readVarint(cursor)) : head >> 4;
  const elements = head & 0x0f;
  const items: ThriftValue[] = [];
  for (let index = 0; index < count; index += 1) items.push(readValue(cursor, elements));
  return { kind: "list", type, elements, items };
}

function readByte(cursor: Cursor): number {
  const byte = cursor.bytes[cursor.at];
  if (byte === undefined) throw new ThriftError("they end too early");
  cursor.at += 1;
  return byte;
}

function take(cursor: Cursor, length: number): Uint8Array {
  const end = cursor.at + length;
  if (end > cursor.bytes.length) throw new ThriftError("they end too early");
  const bytes = cursor.bytes.subarray(cursor.at, end);
  cursor.at = end;
  return bytes;
}

function readVarint(cursor: Cursor): bigint {
  let value = 0n;
  for (let shift = 0n; shift < 70n; shift += 7n) {
    const byte = readByte(cursor);
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
  throw new ThriftError("an integer has no end");
}

function fromZigzag(value: bigint): bigint {
  return (value >> 1n) ^ -(value & 1n);
}

function writeStruct(out: Uint8Array[], struct: ThriftStruct): void {
  let last = 0;
  for (const [field, value] of [...struct].sort(([left], [right]) => left - right)) {
    const type = value.kind === "boolean" ? (value.value ? types.true : types.false) : typeOf(value);
    const delta = field - last;
    if (delta > 0 && delta <= 15) out.push(Uint8Array.of((delta << 4) | type));
    else out.push(Uint8Array.of(type), varint(zigzag(BigInt(field))));
    if (value.kind !== "boolean") writeValue(out, value);
    last = field;
  }
  out.push(Uint8Array.of(0));
}

function typeOf(value: Exclude<ThriftValue, { kind: "boolean" }>): number {
  return value.kind === "integer" || value.kind === "list" ? value.type : types[value.kind];
}

function writeValue(out: Uint8Array[], value: ThriftValue): void {
  switch (value.kind) {
    case "boolean":
      out.push(Uint8Array.of(value.value ? types.true : types.false));
      break;
    case "integer":
      out.push(value.type === types.byte ? Uint8Array.of(Number(BigInt.asUintN(8, value.value))) : varint(zigzag(value.value)));
      break;
    case "double":
      out.push(value.bits);
      break;
    case "binary":
      out.push(varint(BigInt(value.bytes.length)), value.bytes);
      break;
    case "list": {
      const { length } = value.items;
      out.push(Uint8Array.of((Math.min(length, 15) << 4) | value.elements), ...(length < 15 ? [] : [varint(BigInt(length))]));
      for (const item of value.items) writeValue(out, item);
      break;
    }
    case "struct":
      writeStruct(out, value.fields);
  }
}

function zigzag(value: bigint): bigint {
  return BigInt.asUintN(64, (value << 1n) ^ (value >> 63n));
}

function varint(value: bigint): Uint8Array {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>= 7n) {
    if (rest < 0x80n) return Uint8Array.from([...bytes, Number(rest)]);
    bytes.push(Number(rest & 0x7fn) | 0x80);
  }
}
