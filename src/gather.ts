/**
 * Inputs are gathered once, before anything is decided. Some need a module that most runs do not: the parsers for a
 * user's own file, host detection, the whole catalogue. Such work is a generator that yields the module it needs, so
 * that it is written once for those who can wait and for those who cannot.
 */

/** A module that is loaded when it is first needed. */
export interface LateModule<T> {
  readonly load: () => Promise<T>;
  /** The module, once it is there. Callers that cannot wait set it. */
  loaded?: T;
}

/** Work that yields each module it waits for. */
export type Gathering<T> = Generator<LateModule<unknown>, T, unknown>;

export function late<T>(load: () => Promise<T>): LateModule<T> {
  return { load };
}

/** The module, within a gathering: `const { policyFromYaml } = yield* need(parsers)`. */
export function* need<T>(module: LateModule<T>): Generator<LateModule<unknown>, T, unknown> {
  return (module.loaded ?? (yield module)) as T;
}

/**
 * Runs a gathering and loads what it needs.
 * @throws what the gathering throws, and what loading throws
 */
export async function gather<T>(gathering: Gathering<T>): Promise<T> {
  let step = gathering.next();
  while (!step.done) {
    const module = step.value;
    module.loaded ??= await module.load();
    step = gathering.next(module.loaded);
  }
  return step.value;
}

/**
 * Runs a gathering at once, for callers that have every module it may need.
 * @throws what the gathering throws
 */
export function gatherNow<T>(gathering: Gathering<T>): T {
  const step = gathering.next();
  if (!step.done) throw new Error('a module is needed that is not loaded: gather it, or provide the modules before');
  return step.value;
}
