import type { Problem } from "../../core/problem.ts";
import { splitMemberName } from "../../core/formats/webdatasetKey.ts";
import type { Caption, Sample, Split } from "../../core/sample.ts";
import { captionIdFromIndex, sampleIdFromPath } from "../../core/sample.ts";
import type { CaptionPiece } from "./captionText.ts";
import { captionsFromJson, cutCaptions } from "./captionText.ts";
import type { ListedFile } from "./listing.ts";
import { folderOf, isImagePath } from "./listing.ts";
import type { CaptionMode, Found, ReadContext } from "./reader.ts";
import { absolutePathOf } from "./samples.ts";
import { splitFromFile } from "./splitNames.ts";
import { messageOf } from "./tableText.ts";
import type { TarPart } from "../store/tarIndex.ts";
import { walkTar } from "../store/tarIndex.ts";
import { decodeText, problemOfEncoding } from "./text.ts";

/** Fields that open_clip's loader takes for the picture come first (`jpg;png;jpeg;webp`); then any other picture. */
const imageFields: readonly string[] = ["jpg", "png", "jpeg", "webp"];
const textFields: readonly string[] = ["txt", "caption"];

type Member = TarPart & { kind: "member" };

/** The members of one key, by field. */
interface Group {
  readonly key: string;
  readonly fields: Map<string, Member>;
  isSplit: boolean;
}

/** Samples of one WebDataset shard, opened later in place; a shard that ends early gives those before the break. */
export async function readShard(context: ReadContext, shard: ListedFile): Promise<Found[]> {
  const groups = new Map<string, Group>();
  const problems: Problem[] = [];
  const source = { path: absolutePathOf(context.listing, shard), sizeBytes: shard.sizeBytes, wantsBody: isText };
  let last: string | undefined;
  try {
    for await (const part of walkTar(context.env, source)) {
      context.signal?.throwIfAborted();
      if (part.kind === "member") last = addMember(shard, groups, problems, { member: part, last });
      else problems.push(part.kind === "damage" ? brokenArchive(shard, part.reason) : unsupportedMember(shard, part.name, part.what));
    }
  } catch (error) {
    context.signal?.throwIfAborted();
    problems.push(brokenArchive(shard, messageOf(error)));
  }
  const found: Found[] = problems.map((problem) => ({ kind: "problem", problem }));
  const split = splitFromFile(shard.path);
  for (const group of groups.values()) found.push(...readGroup(context, shard, group, split));
  return found;
}

/** Takes a member into the group of its key; gives the key that the next member is compared with. */
function addMember(
  shard: ListedFile,
  groups: Map<string, Group>,
  problems: Problem[],
  { member, last }: { readonly member: Member; readonly last: string | undefined },
): string | undefined {
  const cut = splitMemberName(member.name);
  if (cut === undefined) return last;
  if (cut.field.includes(".") && isImagePath(`x.${cut.field}`)) {
    problems.push(dottedKey(shard, member.name, cut.key));
    return cut.key;
  }
  const group = groups.get(cut.key) ?? { key: cut.key, fields: new Map<string, Member>(), isSplit: false };
  if (group.fields.has(cut.field)) problems.push(repeatedMember(shard, member.name));
  else group.fields.set(cut.field, member);
  group.isSplit ||= group.fields.size > 1 && last !== cut.key;
  groups.set(cut.key, group);
  return cut.key;
}

function* readGroup(context: ReadContext, shard: ListedFile, group: Group, split: Split | undefined): Generator<Found> {
  const fields = [...group.fields.keys()];
  const field = imageFields.find((name) => group.fields.has(name)) ?? fields.find((name) => isImagePath(`x.${name}`));
  const member = field === undefined ? undefined : group.fields.get(field);
  if (member === undefined) {
    if (fields.some((name) => textFields.includes(name))) yield { kind: "problem", problem: missingImage(shard, group.key) };
    return;
  }
  const id = sampleIdFromPath(`${shard.path}#${member.name}`);
  if (group.isSplit) yield { kind: "problem", problem: scatteredKey(shard, id, group.key) };
  const { captions, problem } = captionsOf(context, shard, group, id);
  if (problem !== undefined) yield { kind: "problem", problem };
  const archive = absolutePathOf(context.listing, shard);
  const { name, offset, size } = member;
  const sample: Sample = {
    id,
    locator: { kind: "member", archive, member: name, offset, size },
    folder: folderOf(shard.path),
    captions,
    ...(split === undefined ? {} : { split }),
    sizeBytes: shard.sizeBytes,
    mtimeMs: shard.mtimeMs,
    inode: shard.inode,
  };
  yield { kind: "sample", sample };
}

function captionsOf(
  { listing, options }: ReadContext,
  shard: ListedFile,
  group: Group,
  id: Sample["id"],
): { readonly captions: readonly Caption[]; readonly problem?: Problem } {
  const names = options.captionColumn === undefined ? [...textFields, "json"] : ["json", ...textFields];
  for (const field of names) {
    const member = group.fields.get(field);
    if (member?.body === undefined) continue;
    const { text, encoding } = decodeText(member.body);
    const pieces = field === "json" ? captionsFromJson(text, options.captionColumn) : captionsFromText(text, options.captions);
    if (pieces === undefined) continue;
    const file = absolutePathOf(listing, shard);
    const captions = pieces.map(({ text: caption, line, field: key }, index): Caption => {
      const origin = { file, ...(line === undefined ? {} : { line }), field: key === undefined ? member.name : `${member.name}#${key}` };
      return { id: captionIdFromIndex(id, index), text: caption, author: "import", origin };
    });
    const problem = captions.every(({ text: caption }) => caption.trim() === "")
      ? emptyCaption(shard, id, member.name)
      : problemOfEncoding(shard, encoding);
    return problem === undefined ? { captions } : { captions, problem: { ...problem, sample: id } };
  }
  return { captions: [], problem: missingCaption(shard, id, group.key) };
}

/** Loaders take a member's text as it is: where nothing else is said so do we, but for a line break at its end. */
function captionsFromText(text: string, mode: CaptionMode | undefined): readonly CaptionPiece[] {
  return mode === undefined ? [{ text: text.replace(/\r?\n$/, "") }] : cutCaptions(text, mode);
}

function isText(name: string): boolean {
  const field = splitMemberName(name)?.field;
  return field !== undefined && (field === "json" || textFields.includes(field));
}

function brokenArchive(shard: ListedFile, reason: string): Problem {
  const message = `${shard.path} can't be read to its end: ${reason}; the samples before that were read`;
  return { code: "brokenArchive", severity: "error", file: shard.path, message, hint: "Download or write the shard again" };
}

function unsupportedMember(shard: ListedFile, name: string, what: string): Problem {
  const message = `${shard.path} holds ${name} as ${what}, which can't be opened in place and was left out`;
  return { code: "unsupportedMember", severity: "warning", file: shard.path, message, hint: "Pack the file itself" };
}

function dottedKey(shard: ListedFile, name: string, key: string): Problem {
  const message = `${shard.path}: loaders cut ${name} at the first dot of its name, to the key ${key}, and find no picture there`;
  return {
    code: "brokenKey",
    severity: "error",
    file: shard.path,
    message,
    hint: "Pack the shard again with no dot but the last in the names",
  };
}

function repeatedMember(shard: ListedFile, name: string): Problem {
  const message = `${shard.path} holds ${name} more than once; the first was read`;
  return { code: "brokenKey", severity: "warning", file: shard.path, message, hint: "Give every sample a key of its own" };
}

function scatteredKey(shard: ListedFile, sample: string, key: string): Problem {
  const message = `${shard.path}: the members of ${key} don't stand side by side, and loaders see broken samples`;
  return { code: "brokenKey", severity: "warning", sample, file: shard.path, message, hint: "Pack the shard again, sorted by name" };
}

function missingImage(shard: ListedFile, key: string): Problem {
  const message = `${shard.path}: ${key} has a text but no picture`;
  return { code: "missingImage", severity: "error", file: shard.path, message, hint: "Pack the picture, or leave the text out" };
}

function missingCaption(shard: ListedFile, sample: string, key: string): Problem {
  const message = `${shard.path}: ${key} has no caption in txt, caption or json`;
  return {
    code: "missingCaption",
    severity: "warning",
    sample,
    file: shard.path,
    message,
    hint: "Pack a text, or name the field of the json (captionColumn)",
  };
}

function emptyCaption(shard: ListedFile, sample: string, name: string): Problem {
  return {
    code: "emptyCaption",
    severity: "warning",
    sample,
    file: shard.path,
    message: `${shard.path}: ${name} holds no caption`,
    hint: "Write a caption, or drop the pair",
  };
}
