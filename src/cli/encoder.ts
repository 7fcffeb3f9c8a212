import type { CaseParity } from "../core/parity/certificate.ts";
import { worstCosine } from "../core/parity/certificate.ts";
import { formatCosine } from "../core/parity/format.ts";
import type { QuantizedEncoder, QuantizeProgress } from "../protocol/encoders.ts";
import { downloadEncoder, removeEncoder } from "../engine/requests/downloadEncoder.ts";
import { quantizeEncoder } from "../engine/requests/quantizeEncoder.ts";
import type { Call, Command, ExitCode } from "./command.ts";
import { exitCodes, hasOption, textOption, UsageError } from "./command.ts";
import { describeGraphs, describeOptions } from "./encoderDescribe.ts";

/** `winnow encoder get|quantize|remove|describe`: downloads an encoder, makes one in eight bits, removes what was downloaded or made, or says what graphs of one's own don't tell. */
export const encoderCommand: Command = {
  name: "encoder",
  operands: "get|quantize|remove <encoder>, or describe <image.onnx> [<text.onnx>]",
  summary:
    "download an encoder into the cache (HF_TOKEN and HTTPS_PROXY are heeded), make it in eight bits for the CPU, remove it, or describe graphs of your own",
  options: {
    dtype: { type: "string", value: "fp32|fp16|q8|…", help: "numbers of the graphs (fp32)" },
    revision: { type: "string", value: "commit", help: "branch, tag or commit (the pinned one, else the newest)" },
    hub: { type: "string", value: "address", help: "a mirror in the place of huggingface.co (HF_ENDPOINT)" },
    keep: { type: "boolean", help: "keep eight bits also where they are not usable in the place of fp32" },
    ...describeOptions,
  },
  run: runAction,
};

async function runAction(call: Call): Promise<ExitCode> {
  const [action, id] = call.words.positionals;
  if (action === "describe") return await describeGraphs(call);
  if (id === undefined || id === "") throw new UsageError("Expected get, quantize or remove and an encoder, or describe and its graphs");
  if (action === "get") return await get(call, id);
  if (action === "quantize") return await quantize(call, id);
  if (action === "remove") return await remove(call, id);
  throw new UsageError(`Expected get, quantize, remove or describe but received "${action}"`);
}

async function get(call: Call, id: string): Promise<ExitCode> {
  const { env, words } = call;
  const option = (name: string): Record<string, string> => {
    const value = textOption(words, name);
    return value === undefined ? {} : { [name]: value };
  };
  const endpoint = process.env["HF_ENDPOINT"];
  const token = process.env["HF_TOKEN"];
  const request = {
    id,
    ...(endpoint ? { hub: endpoint } : {}),
    ...option("dtype"),
    ...option("revision"),
    ...option("hub"),
    ...(token ? { token } : {}),
  };
  const showBytes = createByteLines(call, id);
  const model = await downloadEncoder(env, request, { signal: call.signal, onProgress: showBytes });
  const told = model.isNew ? "is downloaded to" : "was there already, in";
  call.print(
    call.json ? JSON.stringify(model) : `${model.id} (${model.revision}) ${told} ${model.folder}\nUse it with --encoder ${model.id}`,
  );
  return exitCodes.done;
}

async function quantize(call: Call, encoder: string): Promise<ExitCode> {
  const made = await quantizeEncoder(
    call.env,
    { encoder, keep: hasOption(call.words, "keep") },
    { signal: call.signal, onProgress: createStepLines(call) },
  );
  call.print(call.json ? JSON.stringify(made) : describeQuantized(made));
  return made.isKept ? exitCodes.done : exitCodes.failed;
}

function describeQuantized(made: QuantizedEncoder): string {
  const told = made.isKept ? (made.isNew ? "is made in" : "was there already, in") : "is not kept: it would have been";
  const sides = made.text === null ? [made.image] : [made.image, made.text];
  const next = made.isKept ? `Use it with --encoder ${made.id}` : "Keep it all the same with --keep";
  const isFaster = sides.some((side) => side.perSecond > side.fp32PerSecond);
  const speed = isFaster ? [] : ["It is no faster than fp32 on this machine: fp32 is the better choice"];
  return [
    `${made.id} ${told} ${made.folder}`,
    describeSide(made, "image"),
    ...(made.text === null ? [] : [describeSide(made, "text")]),
    `  ${gradesInPlace[made.grade]}`,
    ...speed,
    next,
  ].join("\n");
}

const gradesInPlace: Readonly<Record<QuantizedEncoder["grade"], string>> = {
  exact: "exact: in the place of fp32 without a difference that counts",
  usable: "usable in the place of fp32",
  failed: "failed: not usable in the place of fp32 (a cosine below 0.999)",
};

function describeSide(made: QuantizedEncoder, modality: CaseParity["modality"]): string {
  const side = made[modality]!;
  const cases = made.cases.filter((one) => one.modality === modality);
  const worst = worstCosine(cases);
  const count = cases.reduce((sum, one) => sum + one.count, 0);
  const what = modality === "image" ? "pictures" : "texts";
  const form = side.form === "unchanged" ? "unchanged, nothing to gain" : `${side.products} products by ${side.form}`;
  const speed = `${side.perSecond.toFixed(1)} a second, ${side.fp32PerSecond.toFixed(1)} in fp32`;
  return `  ${what}: ${form}; cosine to fp32 at least ${formatCosine(worst)} (${count} ${what} of a parity check); ${speed}`;
}

/** A line at every tenth of a step. */
function createStepLines(call: Call): (progress: QuantizeProgress) => void {
  let told = "";
  return (progress) => {
    const tenth = progress.total === 0 ? 10 : Math.floor((progress.done / progress.total) * 10);
    const line = `${stepWords(progress)}, ${tenth * 10} %`;
    if (call.words.options["quiet"] === true || line === told) return;
    told = line;
    call.tell(line);
  };
}

function stepWords(progress: QuantizeProgress): string {
  if (progress.step === "reference") return "encoding in fp32, to compare with";
  return `${progress.graph} by ${progress.form}: ${progress.step === "round" ? "rounding" : "comparing with fp32"}`;
}

async function remove(call: Call, id: string): Promise<ExitCode> {
  const removed = await removeEncoder(call.env, id);
  call.print(
    call.json
      ? JSON.stringify(removed)
      : `${id} is removed: ${formatMegabytes(removed.freedBytes)} are free again; its vectors stay in the cache`,
  );
  return exitCodes.done;
}

/** Tells a line at every tenth of a download's bytes. */
export function createByteLines(call: Call, id: string): (progress: { readonly done: number; readonly total: number }) => void {
  let told = -1;
  return ({ done, total }) => {
    const tenth = total === 0 ? 10 : Math.floor((done / total) * 10);
    if (call.words.options["quiet"] === true || tenth === told) return;
    told = tenth;
    call.tell(`${id}: ${formatMegabytes(done)} of ${formatMegabytes(total)}`);
  };
}

/** Bytes for people, in millions. */
export function formatMegabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toLocaleString("en", { maximumFractionDigits: bytes < 10_000_000 ? 1 : 0 })} MB`;
}
