import { splitMemberName } from "../../formats/webdatasetKey.ts";
import { finding, stop } from "../findings.ts";
import { baseOf, folderOf } from "../paths.ts";
import type { ArchivePart, ReadEvent, Trainer, TrainerFolder } from "../trainer.ts";

/** `open_clip_train.main --dataset-type webdataset` over all shards of the folder, in their order and without resampling. */
export const webdataset: Trainer = {
  id: "webdataset",
  name: "open_clip, WebDataset",
  source: "open_clip_torch 3.3.0, open_clip_train/data.py, with webdataset 0.2.111",
  options: { tokens: { kind: "number", about: "tokens of a caption that are read, special ones not counted", otherwise: 75 } },
  read,
  batches: ([images = 0], batchSize) => Math.ceil(images / batchSize),
};

const imageFields = ["jpg", "png", "jpeg", "webp"];
/** webdataset keeps names such as `__index__` for itself. */
const reserved = /^__[^/]*__(?:$|\/)/;

async function* read(folder: TrainerFolder): AsyncGenerator<ReadEvent> {
  const shards = folder.files.filter(({ path }) => path.endsWith(".tar"));
  const names = new Set(folder.files.map(({ path }) => path));
  if (shards.length === 0) yield stop("noPictures", { file: ".", message: "There is no .tar file" });
  for (const at of new Set(shards.map(({ path }) => folderOf(path)))) {
    const beside = at === "" ? "" : `${at}/`;
    if (names.has(`${beside}sizes.json`) || names.has(`${beside}__len__`)) continue;
    const message = `${at || "The folder"} has neither sizes.json nor __len__: open_clip ends unless --train-num-samples says the number`;
    yield finding("noSizes", "warning", { file: at || ".", message });
  }
  for (const { path } of shards) yield* readShard(path, folder.readArchive(path, ["txt", "json"]));
}

/** Members side by side under one key, by their fields. */
interface Sample {
  readonly key: string;
  readonly members: Map<string, ArchivePart & { kind: "member" }>;
}

/** A key that comes again, or a field that comes twice, begins a new sample: open_clip's own `group_by_keys_nothrow`. */
async function* readShard(shard: string, parts: AsyncIterable<ArchivePart>): AsyncGenerator<ReadEvent> {
  let sample: Sample | undefined;
  const ended = new Set<string>();
  for await (const part of parts) {
    if (part.kind === "damage") {
      yield finding("brokenArchive", "error", { file: shard, message: `${shard}: ${part.reason}; what comes after is never read` });
      continue;
    }
    const name = reserved.test(part.name) ? undefined : splitMemberName(part.name);
    if (name === undefined) continue;
    if (sample === undefined || sample.key !== name.key || sample.members.has(name.field)) {
      if (sample !== undefined) {
        yield* finish(shard, sample);
        ended.add(sample.key);
      }
      if (ended.has(name.key))
        yield finding("brokenKey", "warning", {
          file: shard,
          message: `${shard}: the members of ${name.key} don't stand side by side and make two samples`,
        });
      sample = { key: name.key, members: new Map() };
    }
    sample.members.set(name.field, part);
  }
  if (sample !== undefined) yield* finish(shard, sample);
}

function* finish(shard: string, { key, members }: Sample): Generator<ReadEvent> {
  const file = `${shard}#${key}`;
  const field = imageFields.find((name) => members.has(name));
  const text = members.get("txt")?.text;
  const dotted = [...members.keys()].find((name) => /\.(?:jpe?g|png|webp|txt)$/.test(name));
  if (dotted !== undefined)
    yield finding("brokenKey", "error", {
      file,
      message: `${shard}: ${baseOf(key)}.${dotted} is cut at its first dot, so it is no part of a pair`,
    });
  if (field === undefined && text === undefined) return;
  if (field === undefined)
    yield finding("missingPicture", "warning", { file, message: `${file} has a text but no picture and is left out` });
  else if (text === undefined)
    yield finding("missingCaption", "warning", { file, message: `${file} has a picture but no txt and is left out` });
  else if (text.kind !== "text")
    yield finding("notUtf8", "error", { file, message: `${file}: its txt is not UTF-8, and the sample is left out` });
  else if (hasBrokenJson(members))
    yield finding("badMetadata", "error", { file, message: `${file}: its json can't be read, and the sample is left out` });
  else {
    if (text.text.trim() === "") yield finding("emptyCaption", "warning", { file, message: `${file} has an empty caption` });
    yield { kind: "pair", image: `${shard}#${members.get(field)!.name}`, texts: [text.text], set: shard, repeats: 1 };
  }
}

/** webdataset decodes every member that it knows, also those that nobody uses. */
function hasBrokenJson(members: Sample["members"]): boolean {
  const json = members.get("json")?.text;
  if (json === undefined) return false;
  if (json.kind !== "text") return true;
  try {
    JSON.parse(json.text);
    return false;
  } catch {
    return true;
  }
}
