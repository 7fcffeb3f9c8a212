import { basename, dirname } from "node:path";

/** A name for each root: its folder's, with as many folders above as tell it from the others of that name. */
export function namesOf(roots: readonly string[]): ReadonlyMap<string, string> {
  return new Map(roots.map((root) => [root, nameOf(root, roots)]));
}

function nameOf(root: string, roots: readonly string[]): string {
  let name = basename(root) || root;
  let above = dirname(root);
  const clashes = roots.filter((other) => other !== root && basename(other) === basename(root));
  const isShared = (): boolean => clashes.some((other) => endsWith(other, name));
  while (isShared() && dirname(above) !== above) {
    name = `${basename(above)}/${name}`;
    above = dirname(above);
  }
  return name;
}

function endsWith(root: string, name: string): boolean {
  return `/${root.replaceAll("\\", "/")}`.endsWith(`/${name}`);
}
