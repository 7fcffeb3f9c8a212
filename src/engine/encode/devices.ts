import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The accelerators that this system tells of: names of NVIDIA's cards with their driver's version, and Linux's render nodes. */
export interface Devices {
  readonly nvidia: readonly string[];
  readonly driver: string | undefined;
  readonly renderNodes: readonly string[];
}

/** Looks for accelerators on Linux; other systems tell nothing without a library, and bring the drivers of their providers along. */
export function findDevices(): Devices {
  if (process.platform !== "linux") return { nvidia: [], driver: undefined, renderNodes: [] };
  return { nvidia: nvidiaCards(), driver: nvidiaDriver(), renderNodes: renderNodes() };
}

/** A card that a container was given without its entry in /proc is named for its file. Under WSL all cards hide behind /dev/dxg. */
function nvidiaCards(): readonly string[] {
  const folder = "/proc/driver/nvidia/gpus";
  const named = list(folder).map((name) => /^Model:\s*(.+)$/m.exec(read(join(folder, name, "information")))?.[1]?.trim() ?? name);
  if (named.length > 0) return named;
  if (existsSync("/usr/lib/wsl/lib/libcuda.so.1")) return ["the card of the Windows host"];
  return list("/dev").filter((name) => /^nvidia\d+$/.test(name));
}

function nvidiaDriver(): string | undefined {
  return /(?:Kernel Module\D*?)\s(\d[\d.]+)/.exec(read("/proc/driver/nvidia/version"))?.[1];
}

function renderNodes(): readonly string[] {
  const nodes = list("/dev/dri")
    .filter((name) => name.startsWith("renderD"))
    .map((name) => {
      const [vendor, device] = ["vendor", "device"].map((file) => read(`/sys/class/drm/${name}/device/${file}`).trim());
      return vendor ? `${name} (${vendor}:${device})` : name;
    });
  return existsSync("/dev/dxg") ? [...nodes, "dxg (the card of the Windows host)"] : nodes;
}

function list(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
