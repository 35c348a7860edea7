/**
 * Modules that only some inputs need, for functions that are synchronous all the same. Such a function asks for the
 * module as if it were there. Where it is not, the call ends, `whenLoaded` loads the module, and calls again.
 */

/** Thrown where a module is needed that is not loaded yet. Never seen by callers of `whenLoaded`. */
class NotLoaded extends Error {
  readonly load: () => Promise<void>;

  constructor(load: () => Promise<void>) {
    super('a module is not loaded: call within whenLoaded, or provide it before');
    this.load = load;
  }
}

export interface Late<T> {
  /** The module. */
  (): T;
  /** For callers that cannot wait: takes the module as it was imported. */
  provide(module: T): void;
}

export function late<T>(load: () => Promise<T>): Late<T> {
  let loaded: T | undefined;
  const provide = (module: T): void => {
    loaded = module;
  };
  const get = (): T => {
    if (loaded === undefined) throw new NotLoaded(async () => provide(await load()));
    return loaded;
  };
  return Object.assign(get, { provide });
}

/**
 * @param work without side effects: it is begun anew after each module that was missing
 * @throws what `work` throws
 */
export async function whenLoaded<T>(work: () => T): Promise<T> {
  for (;;) {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof NotLoaded)) throw error;
      await error.load();
    }
  }
}
