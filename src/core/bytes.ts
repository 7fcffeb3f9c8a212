const units = { B: 1, KB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 } as const;

/** Bytes of a text such as `20GB`, `1.5 tb` or `800000`, in powers of a thousand; undefined where it is none. */
export function parseBytes(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*([kmgt]?b)?$/i.exec(text.trim());
  if (match === null) return undefined;
  const unit = (match[2] ?? "B").toUpperCase() as keyof typeof units;
  return Math.round(Number(match[1]) * units[unit]);
}

/** Bytes for people: `3 bytes`, `1.2 MB`, `20 GB`. */
export function formatBytes(bytes: number): string {
  if (bytes < units.KB) return `${bytes} byte${bytes === 1 ? "" : "s"}`;
  // 999,999 bytes are 1 MB and not 1,000 KB.
  const unit = (["KB", "MB", "GB", "TB"] as const).find((name) => bytes / units[name] < 999.5) ?? "TB";
  const value = bytes / units[unit];
  return `${value.toLocaleString("en", { maximumFractionDigits: value < 9.95 ? 1 : 0 })} ${unit}`;
}
