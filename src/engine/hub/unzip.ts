import { createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { openPromise } from "yauzl";
import { HubError } from "./hubError.ts";

/** Unpacks some members of a zip file flat into a folder, one after the other and without holding them in memory. Throws a `HubError` where one is missing. */
export async function unzip(path: string, members: readonly string[], { to, signal }: { to: string; signal: AbortSignal }): Promise<void> {
  await mkdir(to, { recursive: true });
  const zip = await openPromise(path);
  const left = new Set(members);
  try {
    for await (const entry of zip.eachEntry()) {
      if (!left.delete(entry.fileName)) continue;
      await pipeline(await zip.openReadStreamPromise(entry), createWriteStream(join(to, basename(entry.fileName)), { flush: true }), {
        signal,
      });
    }
  } finally {
    zip.close();
  }
  const [missing] = left;
  if (missing !== undefined) throw new HubError("unusable", `${path} has no ${missing}: it is of another build`);
}
