/** Does something for a key at most once at a time; what is asked for while it goes on is done once more afterwards, however often it was asked for. */
export function coalesce(action: (key: string) => Promise<void>): (key: string) => Promise<void> {
  const active = new Map<string, Promise<void>>();
  const waiting = new Map<string, Promise<void>>();
  const start = (key: string): Promise<void> => {
    waiting.delete(key);
    const work = action(key).finally(() => {
      if (active.get(key) === work) active.delete(key);
    });
    active.set(key, work);
    return work;
  };
  return (key) => {
    const current = active.get(key);
    if (current === undefined) return start(key);
    const known = waiting.get(key);
    if (known !== undefined) return known;
    const next = current.catch(() => undefined).then(() => start(key));
    waiting.set(key, next);
    return next;
  };
}
