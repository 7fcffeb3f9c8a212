/** Where VS Code keeps something for a workspace. */
export interface Memory {
  get<Value>(key: string, otherwise: Value): Value;
  update(key: string, value: unknown): PromiseLike<void>;
}

/** The roots that a person added to this window's list by hand, and those that they took off it. */
export interface RememberedRoots {
  readonly added: readonly string[];
  readonly hidden: readonly string[];
  add(root: string): Promise<void>;
  hide(root: string): Promise<void>;
}

const addedKey = "winnow.added";
const hiddenKey = "winnow.hidden";

/** Opens what is remembered. */
export function openRememberedRoots(memory: Memory): RememberedRoots {
  const read = (key: string): readonly string[] => {
    const found = memory.get<unknown>(key, []);
    return Array.isArray(found) ? found.filter((root): root is string => typeof root === "string") : [];
  };
  const update = async (key: string, roots: readonly string[]): Promise<void> => await memory.update(key, roots);
  return {
    get added() {
      return read(addedKey);
    },
    get hidden() {
      return read(hiddenKey);
    },
    add: async (root) => {
      await update(
        hiddenKey,
        read(hiddenKey).filter((other) => other !== root),
      );
      await update(addedKey, [...new Set([...read(addedKey), root])]);
    },
    hide: async (root) => {
      await update(
        addedKey,
        read(addedKey).filter((other) => other !== root),
      );
      await update(hiddenKey, [...new Set([...read(hiddenKey), root])]);
    },
  };
}
