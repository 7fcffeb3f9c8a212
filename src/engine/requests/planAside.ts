import type { WantedCaption } from "../../core/captions/edit.ts";
import type { Env } from "../env.ts";
import type { CaptionPlan, FileChanges, ReadCaption } from "../write/captionPlans.ts";
import { planCaptions, readCaptions } from "../write/captionPlans.ts";
import { askSideThread } from "./sideThread.ts";

/** Bytes of a file that are planned here: a longer text takes too long to be put together. */
const mostBytesHere = 8 << 20;

/** Captions that are sent to the side thread at once: to copy more of them takes too long. */
const captionsAtOnce = 20_000;

/** Plans changes in a file's bytes: those of a large file on the side thread, where there are very many in parts. */
export async function planAside(env: Env, bytes: Buffer, asked: FileChanges): Promise<{ plans: readonly CaptionPlan[]; bytes: Buffer }> {
  if (bytes.length <= mostBytesHere) return { plans: await planCaptions(env, bytes, asked), bytes };
  const plans: CaptionPlan[] = [];
  const isPart = asked.changes.length > captionsAtOnce;
  let here = bytes;
  for (const changes of cut(asked.changes)) {
    const answer = await askSideThread<"captions">(env, { kind: "captions", bytes: here, asked: { file: asked.file, changes, isPart } });
    here = Buffer.from(answer.bytes.buffer, answer.bytes.byteOffset, answer.bytes.byteLength);
    for (const plan of answer.plans) plans.push(plan);
  }
  return { plans, bytes: here };
}

/** Reads captions in a file's bytes, which are gone then: those of a large file on the side thread. */
export async function readAside(env: Env, bytes: Buffer, wanted: readonly WantedCaption[]): Promise<readonly ReadCaption[]> {
  if (bytes.length <= mostBytesHere) return await readCaptions(env, bytes, wanted);
  const read: ReadCaption[] = [];
  for (const some of cut(wanted)) {
    const isLast = read.length + some.length === wanted.length;
    const own = isLast ? bytes : Buffer.from(bytes);
    for (const caption of await askSideThread<"readCaptions">(env, { kind: "readCaptions", bytes: own, wanted: some })) read.push(caption);
  }
  return read;
}

function* cut<Item>(items: readonly Item[]): Generator<readonly Item[]> {
  for (let from = 0; from < items.length; from += captionsAtOnce) yield items.slice(from, from + captionsAtOnce);
}
