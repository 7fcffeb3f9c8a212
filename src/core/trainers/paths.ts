/** Folder of a path with forward slashes, "" for the top. */
export function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

/** Last part of a path. */
export function baseOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** A path as Python's `os.path.splitext` cuts it: leading dots of the name begin no extension, and case stays. */
export function splitExtension(path: string): readonly [stem: string, extension: string] {
  const dot = path.lastIndexOf(".");
  const isExtension = dot > path.lastIndexOf("/") + 1 && /[^.]/.test(path.slice(path.lastIndexOf("/") + 1, dot));
  return isExtension ? [path.slice(0, dot), path.slice(dot)] : [path, ""];
}

/** Extension in lower case, with its dot. */
export function lowerExtension(path: string): string {
  return splitExtension(path)[1].toLowerCase();
}

/** Whether a path, or a folder on its way, has a name with a leading dot. */
export function isHidden(path: string): boolean {
  return /(?:^|\/)\./.test(path);
}

/** OneTrainer's masks and conditioning pictures beside `<stem>.<ext>`; other trainers take them for pictures. */
export function isMask(path: string): boolean {
  return /-(?:masklabel|condlabel)$/.test(splitExtension(path)[0]);
}

/** Whether a name is that of a picture of any kind: what a person would expect a trainer to read. */
export function looksLikePicture(path: string): boolean {
  return /\.(?:jpe?g|png|webp|gif|bmp|tiff?|avif|heic|heif|jxl)$/i.test(path);
}
