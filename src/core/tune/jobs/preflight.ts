/** What a machine has for a Python trainer; null where it isn't known. `failure` is why torch can't be loaded, `freeBytes` what the disk of the run's folder has left. */
export interface Machine {
  readonly python: string;
  readonly packages: Readonly<Record<string, string>>;
  readonly gpus: readonly { readonly name: string; readonly freeBytes: number; readonly memoryBytes: number }[];
  readonly failure: string | null;
  readonly freeBytes: number | null;
}

/** What a run asks of a machine and of the data. `interpreter` is the Python as a person would type it. */
export interface Wanted {
  readonly interpreter: string;
  readonly trainer: "full" | "open_clip";
  readonly device: "auto" | "cpu" | "cuda";
  readonly processes: number;
  /** Whether it runs on other machines, as those of a cluster. */
  readonly isElsewhere: boolean;
  readonly hasLora: boolean;
  /** Whether Weights & Biases gets the metrics. */
  readonly hasWandb: boolean;
  /** Whether stock open_clip gets WebDataset shards. */
  readonly hasShards: boolean;
  /** About how much is written into the run's folder before it begins. */
  readonly writtenBytes: number;
  readonly images: number;
  readonly heldOut: number;
  readonly batch: number;
}

/** Something that was looked at: whether it is as it must be, should be, or is wrong, in a sentence, and one line that mends it. */
export interface Finding {
  readonly grade: "fine" | "doubtful" | "wrong";
  readonly sentence: string;
  readonly fix?: string;
}

/** The oldest versions of what both trainers call: open_clip loads `local-dir:` and knows `require_pretrained` from 3.0 on. */
const needed = { torch: [2, 1], open_clip_torch: [3, 0], onnx: [1, 14], onnxruntime: [1, 15] } as const satisfies Record<
  string,
  readonly [number, number]
>;
/** A checkpoint of a ViT-B with both moments of AdamW takes 1.8 GB, and the new one is written before the old one goes. */
const smallestDisk = 4e9;
/** Below this, a batch has few foreign captions to learn from. */
const smallBatch = 32;

/** Judges a machine and the data for a run, what is wrong first. */
export function judgeMachine(machine: Machine, wanted: Wanted): readonly Finding[] {
  const findings = [
    ...packageFindings(machine, wanted),
    ...gpuFindings(machine, wanted),
    ...diskFindings(machine, wanted),
    ...dataFindings(wanted),
  ];
  const order: readonly Finding["grade"][] = ["wrong", "doubtful", "fine"];
  return findings.sort((a, b) => order.indexOf(a.grade) - order.indexOf(b.grade));
}

function packageFindings(
  { python, packages, failure }: Machine,
  { interpreter, trainer, hasLora, hasWandb, hasShards }: Wanted,
): Finding[] {
  const own = trainer === "open_clip" ? ["pandas", "webdataset"] : ["safetensors"];
  const names = [...Object.keys(needed), ...own, ...(hasLora ? ["peft"] : []), ...(hasWandb ? ["wandb"] : [])];
  const missing = names.filter((name) => packages[name] === undefined);
  const old = Object.entries(needed).filter(([name, least]) => packages[name] !== undefined && isOlder(packages[name], least));
  const install = (wanted: readonly string[]): string => `${interpreter} -m pip install ${wanted.join(" ")}`;
  if (missing.length > 0)
    return [{ grade: "wrong", sentence: `Python ${python} (${interpreter}) lacks ${missing.join(", ")}`, fix: install(missing) }];
  if (old.length > 0) {
    const told = old.map(([name, least]) => `${name} ${packages[name]!} is older than ${least.join(".")}`);
    return [{ grade: "wrong", sentence: told.join("; "), fix: install(["--upgrade", ...old.map(([name]) => name)]) }];
  }
  const shards = packages["webdataset"];
  if (hasShards && shards !== undefined && !isOlder(shards, [0, 2, 87]) && isOlder(packages["open_clip_torch"]!, [3, 4]))
    return [
      {
        grade: "wrong",
        sentence: `webdataset ${shards} ends each shard with a mark on which open_clip_torch ${packages["open_clip_torch"]!} fails`,
        fix: `${install(['"webdataset<=0.2.86"'])}, or take lists: --option data=csv`,
      },
    ];
  if (failure !== null)
    return [{ grade: "wrong", sentence: `torch can't be loaded (${failure})`, fix: install(["--force-reinstall", "torch"]) }];
  const versions = ["torch", "open_clip_torch"].map((name) => `${name} ${packages[name]!}`);
  return [{ grade: "fine", sentence: `Python ${python} has ${versions.join(" and ")}` }];
}

function gpuFindings({ gpus }: Machine, { trainer, device, processes, isElsewhere }: Wanted): Finding[] {
  if (isElsewhere) return [{ grade: "fine", sentence: "The GPUs of the machines that train are not looked at from here" }];
  if (trainer === "open_clip" && processes > 1 && gpus.length < processes)
    return [
      {
        grade: "wrong",
        sentence: `Stock open_clip trains in ${processes} processes on as many GPUs only, and there are ${gpus.length}`,
        fix: "Take one process, or the trainer full, which does so on processors, too",
      },
    ];
  if (device === "cpu") return [{ grade: "doubtful", sentence: "It trains on the processor, a hundred times slower than on a GPU" }];
  if (gpus.length > 0) return [{ grade: "fine", sentence: `torch sees ${gpus.map(({ name }) => name).join(", ")}` }];
  const sentence = "torch sees no GPU here";
  return device === "cuda"
    ? [{ grade: "wrong", sentence, fix: "Take the device cpu, or install torch for the GPU and its driver" }]
    : [{ grade: "doubtful", sentence: `${sentence}: it trains on the processor, a hundred times slower` }];
}

function diskFindings({ freeBytes }: Machine, { writtenBytes }: Wanted): Finding[] {
  if (freeBytes === null) return [];
  const gigabytes = `${(freeBytes / 1e9).toFixed(1)} GB`;
  if (freeBytes < writtenBytes)
    return [
      {
        grade: "wrong",
        sentence: `The disk has ${gigabytes} left, and pictures of ${(writtenBytes / 1e9).toFixed(1)} GB are written out for the trainer`,
        fix: "Make room, or keep fewer pairs",
      },
    ];
  if (freeBytes >= smallestDisk) return [{ grade: "fine", sentence: `The disk has ${gigabytes} left` }];
  return [
    {
      grade: "doubtful",
      sentence: `The disk has ${gigabytes} left, and a checkpoint of a ViT-B takes 1.8 GB`,
      fix: "Make room, or take a model that is smaller",
    },
  ];
}

function dataFindings({ images, heldOut, batch }: Wanted): Finding[] {
  if (images < 2)
    return [{ grade: "wrong", sentence: `There are ${images} images to train on`, fix: "Keep more of the pairs, or hold fewer out" }];
  const findings: Finding[] = [{ grade: "fine", sentence: `${images} images are trained on, and ${heldOut} are held out` }];
  if (heldOut === 0)
    findings.push({
      grade: "doubtful",
      sentence: "Nothing is held out, so that no recall can be told",
      fix: "Make a validation split: winnow split",
    });
  if (Math.min(batch, images) < smallBatch)
    findings.push({
      grade: "doubtful",
      sentence: `A batch of ${Math.min(batch, images)} has few foreign captions to learn from`,
      fix: "Make the batch larger",
    });
  return findings;
}

function isOlder(version: string, than: readonly number[]): boolean {
  const own = version.split(".").map(Number.parseFloat);
  const at = than.findIndex((part, place) => own[place] !== part);
  return at >= 0 && (own[at] ?? 0) < than[at]!;
}
