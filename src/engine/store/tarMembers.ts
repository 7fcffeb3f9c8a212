import { stat } from "node:fs/promises";
import type { Env } from "../env.ts";
import { walkTar, type TarMember } from "./tarIndex.ts";

/** The members of an archive by their names, as it was at one time. */
interface KnownArchive {
  readonly stamp: string;
  readonly members: Promise<ReadonlyMap<string, Pick<TarMember, "offset" | "size">>>;
}

/** The archives that were walked last, by their paths. */
const walked = new WeakMap<Env, Map<string, KnownArchive>>();

/** Archives that are remembered: a picture of each is looked at, then the next. */
const mostRemembered = 4;

/** Where a member lies in an archive now: of several of one name the first; undefined where it holds none. An archive is walked once for as long as nobody changes it. */
export async function findMember(env: Env, archive: string, name: string): Promise<Pick<TarMember, "offset" | "size"> | undefined> {
  const { size, mtimeMs, ino } = await stat(archive);
  const stamp = [size, mtimeMs, ino].join();
  const known = walked.get(env) ?? new Map<string, KnownArchive>();
  walked.set(env, known);
  const found = known.get(archive);
  const own = found?.stamp === stamp ? found : { stamp, members: listMembers(env, archive, size) };
  known.delete(archive);
  known.set(archive, own);
  for (const path of [...known.keys()].slice(0, -mostRemembered)) known.delete(path);
  return (await own.members).get(name);
}

async function listMembers(env: Env, path: string, sizeBytes: number): Promise<ReadonlyMap<string, Pick<TarMember, "offset" | "size">>> {
  const members = new Map<string, Pick<TarMember, "offset" | "size">>();
  for await (const part of walkTar(env, { path, sizeBytes, wantsBody: () => false }))
    if (part.kind === "member" && !members.has(part.name)) members.set(part.name, { offset: part.offset, size: part.size });
  return members;
}
