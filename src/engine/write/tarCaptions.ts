import { stat } from "node:fs/promises";
import type { PlacedChange, WantedCaption } from "../../core/captions/edit.ts";
import { positionsOf } from "../../core/captions/found.ts";
import type { CaptionPlace } from "../../core/captions/place.ts";
import type { Env } from "../env.ts";
import { readRange } from "../store/files.ts";
import type { ByteReplacement } from "../store/replacedFile.ts";
import { headerWithSize, paddedSize, tarBlockBytes } from "../store/tarHeader.ts";
import { walkTar, type TarMember } from "../store/tarIndex.ts";
import { outcomesOf, planCaptions, readCaptions, type CaptionOutcome, type Outcomes, type ReadCaption } from "./captionPlans.ts";
import { partsOf } from "./encodedText.ts";

/**
 * Plans changes of captions in members of a tar archive: a member that changes gets its new text, padded with zeros to whole blocks, and a header with the new size and checksum. Every
 * other byte stays, those of a long name's own header too; what is behind moves where the text takes another number of blocks. Only texts of members that change are in memory.
 */
export async function planTar(
  env: Env,
  { file, changes }: { readonly file: string; readonly changes: readonly PlacedChange[] },
  signal?: AbortSignal,
): Promise<Outcomes> {
  const outcomes = changes.map(() => refusal(file, "the archive does not hold the text any more: run the analysis again"));
  const replacements: ByteReplacement[] = [];
  const asked = positionsOf(changes.map(({ place }) => memberOf(place)));
  for await (const member of eachAsked(env, file, { asked, signal })) {
    const planned = await planMember(env, {
      file,
      member,
      changes: asked.get(member.name)!.map((position) => inMember(changes[position]!)),
    });
    for (const [at, position] of asked.get(member.name)!.entries()) outcomes[position] = planned.outcomes[at]!;
    replacements.push(...planned.replacements);
  }
  return { replacements, outcomes };
}

/** What captions say in an archive's members now, with the other values of a member that is JSON. Undefined where there is none any more. */
export async function readTarCaptions(env: Env, file: string, wanted: readonly WantedCaption[]): Promise<readonly ReadCaption[]> {
  const found = new Array<ReadCaption>(wanted.length).fill(undefined);
  const asked = positionsOf(wanted.map(({ place }) => memberOf(place)));
  for await (const { name, body } of eachAsked(env, file, { asked, signal: undefined })) {
    const positions = asked.get(name)!;
    const read =
      body === undefined
        ? []
        : await readCaptions(
            env,
            body,
            positions.map((position) => inMember(wanted[position]!)),
          );
    for (const [at, position] of positions.entries()) found[position] = read[at];
  }
  return found;
}

function memberOf(place: CaptionPlace): string | undefined {
  return place.kind === "member" ? place.member : undefined;
}

function inMember<Placed extends WantedCaption>(placed: Placed): Placed {
  return placed.place.kind === "member" ? { ...placed, place: placed.place.place } : placed;
}

interface Asked {
  readonly asked: ReadonlyMap<string | undefined, readonly number[]>;
  readonly signal: AbortSignal | undefined;
}

/** The members that are asked for, in the archive's order: of several of one name the first, as readers take it. */
async function* eachAsked(env: Env, file: string, { asked, signal }: Asked): AsyncGenerator<TarMember> {
  const left = new Set(asked.keys());
  const source = { path: file, sizeBytes: (await stat(file)).size, wantsBody: (name: string) => left.has(name) };
  for await (const part of walkTar(env, source)) {
    signal?.throwIfAborted();
    if (part.kind === "member" && left.delete(part.name)) yield part;
    if (left.size === 0) return;
  }
}

interface MemberChanges {
  readonly file: string;
  readonly member: TarMember;
  readonly changes: readonly PlacedChange[];
}

async function planMember(env: Env, { file, member, changes }: MemberChanges): Promise<Outcomes> {
  const { name, offset, size, body, isSizedBefore } = member;
  const refuse = (reason: string): Outcomes => ({ replacements: [], outcomes: changes.map(() => refusal(`${name} in ${file}`, reason)) });
  if (body === undefined) return refuse("it is larger than 16 MB, which no caption is: pack the archive again");
  if (isSizedBefore) return refuse("a header before its own tells its size too: pack the archive again, or export the dataset as files");
  const planned = outcomesOf(body, await planCaptions(env, body, { file: `${name} in ${file}`, changes }));
  if (planned.replacements.length === 0) return planned;
  const text = Buffer.concat(partsOf(body, planned.replacements));
  const header = headerWithSize(await readRange(env, file, offset - tarBlockBytes, tarBlockBytes), text.length);
  const padding = Buffer.alloc(paddedSize(text.length) - text.length);
  const inserted = Buffer.concat([header, text, padding]);
  return { replacements: [{ from: offset - tarBlockBytes, to: offset + paddedSize(size), inserted }], outcomes: planned.outcomes };
}

function refusal(what: string, reason: string): CaptionOutcome {
  return { kind: "refusal", code: "unfit", message: `${what} was not changed: ${reason}` };
}
