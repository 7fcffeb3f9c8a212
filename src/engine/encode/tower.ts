import { poolTokens } from "../../core/encoders/pooling.ts";
import type { TokenSpan } from "../../core/encoders/pooling.ts";
import type { TowerInput } from "../../core/encoders/towerPlan.ts";
import { float16FromFloat32, float32FromFloat16 } from "../../core/float16.ts";
import type { Pixels } from "../../core/pixels/preprocess.ts";
import type { Provider, ProviderChoice } from "../../core/providers.ts";
import type { Env } from "../env.ts";
import type { Modality } from "../store/vectors.ts";
import { encoderTokens } from "./encoderTokens.ts";
import { isDual } from "./encoderFolder.ts";
import type { Encoder, ImageEncoder, TowerFile } from "./encoderFolder.ts";
import { EncoderError } from "./encoderError.ts";
import { isOutOfMemory } from "./outOfMemory.ts";
import { bestOf, demoteProvider, readProbe } from "./probeRecord.ts";
import { firstLine, openSession } from "./providers.ts";
import type { Session, Tensor } from "./session.ts";
import type { Tokens } from "./tokenizer.ts";

/** A vector for every patch of each picture (row by row, without the tokens before them), or for every token of each text, padding included: rows × `perRow` × `dim`. */
export interface Parts {
  readonly values: Float32Array;
  readonly perRow: number;
  readonly dim: number;
}

/** One side of an encoder, loaded. A run blocks the event loop; each counts in `env.counters.batchesRun`. */
export interface Tower {
  /** Where it runs now. */
  readonly provider: Provider;
  /** A sentence for the person where the provider is not the one asked for, or was given up in the middle. */
  readonly notice: string | undefined;
  /** Rows that a run must have; runs are cut and filled up to it. */
  readonly fixedRows: number | undefined;
  /** Vectors as the model gives them (count × dim) of pictures: count × 3 × height × width, normalised, best of the encoder's `pixelType`. */
  embedPixels(pixels: Pixels, count: number): Promise<Float32Array>;
  /** Vectors as the model gives them (rows × dim) of texts. */
  embedTokens(tokens: Tokens): Promise<Float32Array>;
  /** Vectors of the patches of pictures, as the model gives them. Throws an EncoderError where the graph gives none (`parts` of the tower's file). */
  embedPatches(pixels: Pixels, count: number): Promise<Parts>;
  /** Vectors of the tokens of texts, as the model gives them. Throws an EncoderError where the graph gives none. */
  embedTextTokens(tokens: Tokens): Promise<Parts>;
  release(): Promise<void>;
}

/**
 * What a tower is made of. `openOnCpu` takes over from a provider that fails in the middle; without it errors of the runtime are thrown as they are. `onGivenUp` is
 * told of such a provider, and gives whether the next run leaves it out.
 */
export interface TowerParts {
  readonly env: Env;
  readonly encoder: Encoder | ImageEncoder;
  readonly modality: Modality;
  readonly session: Session;
  readonly openOnCpu?: () => Promise<Session>;
  readonly onGivenUp?: (failure: { readonly provider: Provider; readonly why: string }) => Promise<boolean>;
  readonly notice?: string | undefined;
}

/** What one run is fed with: the side's own values, rows × (values.length / rows), and the texts' lengths. */
interface Batch {
  readonly rows: number;
  readonly pixels?: Pixels;
  readonly tokens?: Pick<Tokens, "ids" | "width" | "lengths">;
}

interface Loaded extends TowerParts {
  readonly file: TowerFile;
  session: Session;
  /** Rows for which there was memory; undefined as long as it never ran out. */
  mostRows: number | undefined;
  notice: string | undefined;
}

/**
 * Loads one side of an encoder; `auto` takes the provider that was measured to be the fastest, else the CPU. `threads` is for the CPU.
 * Throws an EncoderError where the graph cannot be loaded, or the encoder has no such side.
 */
export async function openTower(
  env: Env,
  encoder: Encoder | ImageEncoder,
  modality: Modality,
  { provider: choice, threads }: { provider: ProviderChoice; threads?: number },
): Promise<Tower> {
  const file = fileOf(encoder, modality);
  const provider = choice === "auto" ? bestOf(await readProbe(env, encoder.descriptor.id)).provider : choice;
  const onCpu = { provider: "cpu", ...(threads === undefined ? {} : { threads }) } as const;
  const { session, notice } = await openSession(env, file.path, { ...onCpu, provider }).catch((error: unknown) => {
    throw new EncoderError(`${file.path} cannot be loaded (${firstLine(error)}): export or download it again`, { cause: error });
  });
  env.log("encode.open", `${modality} side of ${encoder.descriptor.name} on ${session.provider}`);
  const openOnCpu = async (): Promise<Session> => (await openSession(env, file.path, onCpu)).session;
  const onGivenUp: TowerParts["onGivenUp"] = (failure) => demoteProvider(env, encoder.descriptor.id, failure);
  return createTower({ env, encoder, modality, session, openOnCpu, onGivenUp, notice });
}

/** Makes a tower over a session. */
export function createTower(parts: TowerParts): Tower {
  const file = fileOf(parts.encoder, parts.modality);
  const loaded: Loaded = { ...parts, file, mostRows: undefined, notice: parts.notice };
  return {
    get provider() {
      return loaded.session.provider;
    },
    get notice() {
      return loaded.notice;
    },
    fixedRows: file.fixedRows,
    embedPixels: (pixels, count) => embed(loaded, { rows: count, pixels }),
    embedTokens: (tokens) => embed(loaded, { rows: tokens.lengths.length, tokens }),
    embedPatches: (pixels, count) => embedParts(loaded, { rows: count, pixels }),
    embedTextTokens: (tokens) => embedParts(loaded, { rows: tokens.lengths.length, tokens }),
    release: () => loaded.session.release(),
  };
}

function fileOf(encoder: Encoder | ImageEncoder, modality: Modality): TowerFile {
  if (modality === "image") return encoder.image;
  if (isDual(encoder)) return encoder.text;
  throw new EncoderError(`${encoder.descriptor.name} sees pictures alone and has no vectors of texts`);
}

async function embed(loaded: Loaded, batch: Batch): Promise<Float32Array> {
  const { file, encoder } = loaded;
  const { dim } = encoder.descriptor;
  const { values, dims } = await runRows(loaded, batch, file.output);
  const [tokens, width] = file.pooling === undefined ? [1, product(dims)] : [dims[0]!, dims[1]];
  if (width !== dim) {
    throw new EncoderError(
      `${file.path} gave ${[batch.rows, ...dims].join(" × ")} where ${batch.rows} × ${dim} was expected: its config.json is of another model`,
    );
  }
  if (file.pooling === undefined) return values;
  return poolTokens({ values, rows: batch.rows, tokens, dim }, file.pooling, (row) => spanOf(batch, { row, tokens, file }));
}

async function embedParts(loaded: Loaded, batch: Batch): Promise<Parts> {
  const { file } = loaded;
  if (file.parts === undefined) throw new EncoderError(`${file.path} gives no vectors of patches or tokens: export the model with them`);
  const { leading, output } = file.parts;
  const { values, dims } = await runRows(loaded, batch, output);
  const [tokens, dim] = [dims[0]!, dims[1]!];
  if (leading === 0) return { values, perRow: tokens, dim };
  const perRow = tokens - leading;
  const kept = new Float32Array(batch.rows * perRow * dim);
  for (let row = 0; row < batch.rows; row += 1)
    kept.set(values.subarray((row * tokens + leading) * dim, (row + 1) * tokens * dim), row * perRow * dim);
  return { values: kept, perRow, dim };
}

/** The patches of a picture, or the tokens of a text that are no padding; its end token is the first of the kind that it ends with. */
function spanOf({ tokens: texts }: Batch, { row, tokens, file }: { row: number; tokens: number; file: TowerFile }): TokenSpan {
  if (texts === undefined) return { from: file.parts?.leading ?? 0, to: tokens, end: tokens - 1 };
  const { ids, width, lengths } = texts;
  const to = Math.min(lengths[row]!, width);
  const own = ids.subarray(row * width, row * width + to);
  return { from: 0, to, end: Math.max(0, own.indexOf(own[to - 1] ?? 0n)) };
}

/** What a run gave: `values` is rows × the product of `dims`. */
interface Rows {
  readonly values: Float32Array;
  readonly dims: readonly number[];
}

/** Runs a batch, in pieces where the graph or the memory wants them smaller; a piece that fails is run again as `recover` arranges it. */
async function runRows(loaded: Loaded, batch: Batch, output: string): Promise<Rows> {
  let whole: Rows | undefined;
  for (let from = 0; from < batch.rows;) {
    const left = batch.rows - from;
    const count = loaded.file.fixedRows ?? Math.min(loaded.mostRows ?? left, left);
    try {
      const part = await runBatch(loaded, count === batch.rows ? batch : sliceBatch(batch, from, count), output);
      if (count === batch.rows) return part;
      const length = product(part.dims);
      whole ??= { values: new Float32Array(batch.rows * length), dims: part.dims };
      whole.values.set(part.values.subarray(0, Math.min(count, left) * length), from * length);
      from += count;
    } catch (error) {
      await recover(loaded, count, error);
    }
  }
  return whole ?? { values: new Float32Array(0), dims: [loaded.encoder.descriptor.dim] };
}

function product(sizes: readonly number[]): number {
  return sizes.reduce((before, size) => before * size, 1);
}

/** Halves the batch when memory runs out, and moves to the CPU when a provider fails otherwise. Throws where neither is left. */
async function recover(loaded: Loaded, rows: number, error: unknown): Promise<void> {
  const { env, file, session, openOnCpu } = loaded;
  if (error instanceof EncoderError || openOnCpu === undefined) throw error;
  const isMemory = isOutOfMemory(error);
  env.log("encode.recover", `${session.provider} failed on ${rows} rows of ${file.path}: ${firstLine(error)}`);
  if (isMemory && rows > 1 && file.fixedRows === undefined) {
    loaded.mostRows = Math.ceil(rows / 2);
    return;
  }
  if (session.provider === "cpu") {
    const advice = isMemory ? "there is not enough memory: close other programs, or take a smaller encoder" : "export or download it again";
    throw new EncoderError(`${file.path} failed as it ran (${firstLine(error)}): ${advice}`, { cause: error });
  }
  loaded.mostRows = undefined;
  loaded.notice = await giveUp(loaded, firstLine(error));
  // A device that is lost may refuse this as well.
  await session.release().catch((left: unknown) => env.log("encode.recover", `its session was not given back: ${firstLine(left)}`));
  loaded.session = await openOnCpu();
}

/** The sentence about a provider that failed. That it can't be written down is no reason to stop. */
async function giveUp({ env, session: { provider }, onGivenUp }: Loaded, why: string): Promise<string> {
  const isLeftOut = await onGivenUp?.({ provider, why }).catch((error: unknown) => {
    env.log("encode.recover", `that ${provider} failed could not be written down: ${firstLine(error)}`);
    return false;
  });
  const next = isLeftOut === true ? `, and the next runs leave ${provider} out ("winnow doctor --encoder … --again" measures anew)` : "";
  return `${provider} failed in the middle (${why}): the rest is encoded on the CPU${next}`;
}

/** Rows `from` onwards, filled up with empty ones behind the last. */
function sliceBatch({ rows, pixels, tokens }: Batch, from: number, count: number): Batch {
  const to = Math.min(rows, from + count);
  if (pixels !== undefined) {
    const size = pixels.length / rows;
    const part = pixels instanceof Uint16Array ? new Uint16Array(count * size) : new Float32Array(count * size);
    part.set(pixels.subarray(from * size, to * size));
    return { rows: count, pixels: part };
  }
  const { ids, width, lengths } = tokens!;
  const part = new BigInt64Array(count * width);
  part.set(ids.subarray(from * width, to * width));
  return { rows: count, tokens: { ids: part, width, lengths: Array.from({ length: count }, (_, i) => lengths[from + i] ?? 0) } };
}

async function runBatch({ env, encoder, file, session }: Loaded, batch: Batch, output: string): Promise<Rows> {
  const feeds = Object.fromEntries(file.inputs.map((port) => [port.name, feedOf(encoder, port, batch)]));
  const results = await session.run(feeds, [output]);
  env.counters.batchesRun += 1;
  const vectors = results[output];
  const { dim } = encoder.descriptor;
  if (vectors === undefined || vectors.dims[0] !== batch.rows) {
    throw new EncoderError(
      `${file.path} gave ${vectors?.dims.join(" × ") ?? "nothing"} where ${batch.rows} × ${dim} was expected: its config.json is of another model`,
    );
  }
  const dims = vectors.dims.slice(1);
  if (vectors.data instanceof Uint16Array) return { values: float32FromFloat16(vectors.data), dims };
  if (vectors.data instanceof Float32Array) return { values: vectors.data, dims };
  throw new EncoderError(`${file.path} gives whole numbers where vectors are expected: export it again`);
}

/** A tensor for an input; in a graph of both sides the other side gets one empty row. */
function feedOf(encoder: Encoder | ImageEncoder, port: TowerInput, { rows, pixels, tokens }: Batch): Tensor {
  if (port.role === "pixels") {
    const { width, height } = encoder.inputSize;
    const values = pixels ?? new Float32Array(3 * height * width);
    return floatTensor(port, values, [pixels === undefined ? 1 : rows, 3, height, width]);
  }
  if (!isDual(encoder)) throw new EncoderError(`${encoder.image.path} asks for ${port.name}, but the encoder sees pictures alone`);
  const { ids, width, lengths } = tokens ?? encoderTokens(encoder, [""]);
  const dims = [lengths.length, width];
  const isReadThrough = encoder.paddingRule === "trainedPadded";
  switch (port.role) {
    case "mask":
      return wholeTensor(port, dims, (row, column) => (column < lengths[row]! || isReadThrough ? 1 : 0));
    case "positions":
      return wholeTensor(port, dims, (_, column) => column);
    case "types":
      return wholeTensor(port, dims, () => 0);
    case "ids":
      return port.type === "int32" ? wholeTensor(port, dims, (row, column) => Number(ids[row * width + column])) : { data: ids, dims };
  }
}

function floatTensor(port: TowerInput, values: Pixels, dims: readonly number[]): Tensor {
  if (values instanceof Uint16Array) return { data: port.type === "float16" ? values : float32FromFloat16(values), dims };
  return { data: port.type === "float16" ? float16FromFloat32(values) : values, dims };
}

function wholeTensor(port: TowerInput, dims: readonly number[], valueAt: (row: number, column: number) => number): Tensor {
  const [rows, width] = [dims[0]!, dims[1]!];
  const at = (_: unknown, i: number) => valueAt(Math.floor(i / width), i % width);
  const length = rows * width;
  return {
    data: port.type === "int32" ? Int32Array.from({ length }, at) : BigInt64Array.from({ length }, (_, i) => BigInt(at(_, i))),
    dims,
  };
}
