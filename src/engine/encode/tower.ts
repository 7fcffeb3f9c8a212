import { float16FromFloat32, float32FromFloat16 } from "../../core/float16.ts";
import type { Pixels } from "../../core/pixels/preprocess.ts";
import type { Provider, ProviderChoice } from "../../core/providers.ts";
import type { Env } from "../env.ts";
import type { Modality } from "../store/vectors.ts";
import { isSigmoidFamily } from "./encoderFolder.ts";
import type { Encoder, TowerFile } from "./encoderFolder.ts";
import { EncoderError } from "./encoderError.ts";
import type { SignaturePort } from "./graphSignature.ts";
import { isOutOfMemory } from "./outOfMemory.ts";
import { bestOf, readProbe } from "./probeRecord.ts";
import { firstLine, openSession } from "./providers.ts";
import type { Session, Tensor } from "./session.ts";
import { selectTokens } from "./tokenizer.ts";
import type { Tokens } from "./tokenizer.ts";

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
  release(): Promise<void>;
}

/** What a tower is made of. `openOnCpu` takes over from a provider that fails in the middle; without it errors of the runtime are thrown as they are. */
export interface TowerParts {
  readonly env: Env;
  readonly encoder: Encoder;
  readonly modality: Modality;
  readonly session: Session;
  readonly openOnCpu?: () => Promise<Session>;
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
 * Throws an EncoderError where the graph cannot be loaded.
 */
export async function openTower(
  env: Env,
  encoder: Encoder,
  modality: Modality,
  { provider: choice, threads }: { provider: ProviderChoice; threads?: number },
): Promise<Tower> {
  const file = encoder[modality];
  const provider = choice === "auto" ? bestOf(await readProbe(env, encoder.descriptor.id)).provider : choice;
  const onCpu = { provider: "cpu", ...(threads === undefined ? {} : { threads }) } as const;
  const { session, notice } = await openSession(env, file.path, { ...onCpu, provider }).catch((error: unknown) => {
    throw new EncoderError(`${file.path} cannot be loaded (${firstLine(error)}): export or download it again`, { cause: error });
  });
  env.log("encode.open", `${modality} side of ${encoder.descriptor.name} on ${session.provider}`);
  const openOnCpu = async (): Promise<Session> => (await openSession(env, file.path, onCpu)).session;
  return createTower({ env, encoder, modality, session, openOnCpu, notice });
}

/** Makes a tower over a session. */
export function createTower(parts: TowerParts): Tower {
  const file = parts.encoder[parts.modality];
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
    release: () => loaded.session.release(),
  };
}

/** Runs a batch, in pieces where the graph or the memory wants them smaller; a piece that fails is run again as `recover` arranges it. */
async function embed(loaded: Loaded, batch: Batch): Promise<Float32Array> {
  const { dim } = loaded.encoder.descriptor;
  const vectors = new Float32Array(batch.rows * dim);
  for (let from = 0; from < batch.rows;) {
    const left = batch.rows - from;
    const count = loaded.file.fixedRows ?? Math.min(loaded.mostRows ?? left, left);
    try {
      const part = await runBatch(loaded, count === batch.rows ? batch : sliceBatch(batch, from, count));
      if (part.length === vectors.length) return part;
      vectors.set(part.subarray(0, Math.min(count, left) * dim), from * dim);
      from += count;
    } catch (error) {
      await recover(loaded, count, error);
    }
  }
  return vectors;
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
  loaded.notice = `${session.provider} failed in the middle (${firstLine(error)}): the rest is encoded on the CPU`;
  loaded.mostRows = undefined;
  // A device that is lost may refuse this as well.
  await session.release().catch((left: unknown) => env.log("encode.recover", `its session was not given back: ${firstLine(left)}`));
  loaded.session = await openOnCpu();
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

async function runBatch({ env, encoder, file, session }: Loaded, batch: Batch): Promise<Float32Array> {
  const feeds = Object.fromEntries(file.inputs.map((port) => [port.name, feedOf(encoder, port, batch)]));
  const results = await session.run(feeds, [file.output]);
  env.counters.batchesRun += 1;
  const vectors = results[file.output];
  const { dim } = encoder.descriptor;
  if (vectors === undefined || vectors.data.length !== batch.rows * dim) {
    throw new EncoderError(
      `${file.path} gave ${vectors?.dims.join(" × ") ?? "nothing"} where ${batch.rows} × ${dim} was expected: its config.json is of another model`,
    );
  }
  if (vectors.data instanceof Uint16Array) return float32FromFloat16(vectors.data);
  if (vectors.data instanceof Float32Array) return vectors.data;
  throw new EncoderError(`${file.path} gives whole numbers where vectors are expected: export it again`);
}

/** A tensor for an input; in a graph of both sides the other side gets one empty row. */
function feedOf(encoder: Encoder, port: SignaturePort, { rows, pixels, tokens }: Batch): Tensor {
  if (port.name === "pixel_values") {
    const { width, height } = encoder.inputSize;
    const values = pixels ?? new Float32Array(3 * height * width);
    return floatTensor(port, values, [pixels === undefined ? 1 : rows, 3, height, width]);
  }
  const { ids, width, lengths } = tokens ?? emptyText(encoder);
  const dims = [lengths.length, width];
  switch (port.name) {
    case "attention_mask":
      return wholeTensor(port, dims, (row, column) => (column < lengths[row]! || isSigmoidFamily(encoder.descriptor.family) ? 1 : 0));
    case "position_ids":
      return wholeTensor(port, dims, (_, column) => column);
    case "token_type_ids":
      return wholeTensor(port, dims, () => 0);
    default:
      return port.type === "int32" ? wholeTensor(port, dims, (row, column) => Number(ids[row * width + column])) : { data: ids, dims };
  }
}

function emptyText({ tokenizer, descriptor }: Encoder): Tokens {
  const tokens = tokenizer.tokenize([""], descriptor.contextLength);
  const width = descriptor.padding === "max_length" ? descriptor.contextLength : Math.max(1, tokens.width);
  return selectTokens(tokens, [0], { width, padId: tokenizer.padId });
}

function floatTensor(port: SignaturePort, values: Pixels, dims: readonly number[]): Tensor {
  if (values instanceof Uint16Array) return { data: port.type === "float16" ? values : float32FromFloat16(values), dims };
  return { data: port.type === "float16" ? float16FromFloat32(values) : values, dims };
}

function wholeTensor(port: SignaturePort, dims: readonly number[], valueAt: (row: number, column: number) => number): Tensor {
  const [rows, width] = [dims[0]!, dims[1]!];
  const at = (_: unknown, i: number) => valueAt(Math.floor(i / width), i % width);
  const length = rows * width;
  return {
    data: port.type === "int32" ? Int32Array.from({ length }, at) : BigInt64Array.from({ length }, (_, i) => BigInt(at(_, i))),
    dims,
  };
}
