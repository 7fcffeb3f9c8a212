import { pack } from "tar-stream";

/** A tar archive of members in their order, written by tar-stream. */
export async function tarOf(members: readonly (readonly [string, string | Buffer])[]): Promise<Buffer> {
  const archive = pack();
  for (const [name, body] of members) archive.entry({ name }, body);
  archive.finalize();
  const parts: Buffer[] = [];
  for await (const part of archive) parts.push(part as Buffer);
  return Buffer.concat(parts);
}
