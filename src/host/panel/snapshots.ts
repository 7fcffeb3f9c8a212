/** Where snapshots come from and go to. */
export interface SnapshotParts<Snapshot> {
  /** The state as it is now; undefined where there is nothing to tell. */
  readonly read: () => Snapshot | undefined;
  /** Resolves when the page has taken the snapshot. */
  readonly send: (snapshot: Snapshot) => Promise<unknown>;
  /** Least time between two snapshots. */
  readonly intervalMs: number;
}

/** Sends whole snapshots, never differences: one that is overtaken is not missed. */
export interface Snapshots {
  /** Says that the state changed. A snapshot goes at once where none went for the interval, else when it has passed. */
  changed(): void;
  dispose(): void;
}

/** Sends a page the latest state: one snapshot in flight, so that a slow link gets fewer of them and not older ones. */
export function createSnapshots<Snapshot>({ read, send, intervalMs }: SnapshotParts<Snapshot>): Snapshots {
  let pending = false;
  let busy = false;
  let disposed = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const pause = (): Promise<void> => new Promise((resolve) => (timer = setTimeout(resolve, intervalMs)));
  const pump = async (): Promise<void> => {
    busy = true;
    while (pending && !disposed) {
      pending = false;
      const snapshot = read();
      if (snapshot === undefined) break;
      // A page that is gone takes none; the one that comes in its place asks for its first by itself.
      await Promise.all([send(snapshot).catch(() => undefined), pause()]);
    }
    busy = false;
  };
  return {
    changed: () => {
      pending = true;
      if (!busy && !disposed) void pump();
    },
    dispose: () => {
      disposed = true;
      clearTimeout(timer);
    },
  };
}
