/** Plain requests to a Kubernetes API server, for what clouds and kubelets do. What users do goes through kubectl. */

export interface Api {
  get<T>(path: string): Promise<T>;
  create(path: string, object: object): Promise<void>;
  /** Merges; a list whose items have a key by that key. */
  patch(path: string, change: object): Promise<void>;
  /** At once, whatever the grace period. What is not there, or by now has another `uid`, is no error. */
  remove(path: string, uid?: string): Promise<void>;
  /**
   * Every object of a collection: at first those there are, then each that changes. Now and then the server ends a
   * watch: then all are told again as added, and one that goes at that moment is not told.
   * @returns to call when enough was seen
   */
  watch<T>(path: string, seen: (change: Change<T>) => void): () => Promise<void>;
}

export interface Change<T> {
  type: 'ADDED' | 'MODIFIED' | 'DELETED';
  object: T;
}

/** What the API server answers for a collection. */
export interface List<T> {
  items: T[];
}

/** The server said no. */
class ApiError extends Error {
  override name = 'ApiError';
  /** Of HTTP. */
  readonly status: number;

  constructor(message: string, status: number) {
    super(message);
    this.status = status;
  }
}

/** The server ends a watch after that, before `fetch` does: five minutes without a change are an error to it. */
const WATCH_SECONDS = 240;

/** @param url Where it answers without a token, as `kubectl proxy` does. */
export function connect(url: string): Api {
  const send = async (method: string, path: string, body?: object, signal?: AbortSignal): Promise<Response> => {
    const type = method === 'PATCH' ? 'application/strategic-merge-patch+json' : 'application/json';
    const text = body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': type } };
    const response = await fetch(`${url}${path}`, { method, ...text, ...(signal && { signal }) });
    if (!response.ok) throw new ApiError(`${method} ${path}: ${await response.text()}`, response.status);
    return response;
  };
  const ask = async (method: string, path: string, body?: object) => (await send(method, path, body)).text();

  return {
    get: async (path) => JSON.parse(await ask('GET', path)),
    create: async (path, object) => void (await ask('POST', path, object)),
    patch: async (path, change) => void (await ask('PATCH', path, change)),
    async remove(path, uid) {
      await ask('DELETE', path, { gracePeriodSeconds: 0, ...(uid && { preconditions: { uid } }) }).catch(unlessGone);
    },
    watch(path, seen) {
      const aborter = new AbortController();
      const follow = async (): Promise<never> => {
        const { body } = await send(
          'GET',
          `${path}?watch=true&timeoutSeconds=${WATCH_SECONDS}`,
          undefined,
          aborter.signal,
        );
        const decoder = new TextDecoder();
        let rest = '';
        for await (const chunk of body!) {
          const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
          rest = lines.pop()!;
          for (const line of lines) {
            const { type, object } = JSON.parse(line);
            // The server has not read on since the last change of another kind of object.
            if (type === 'ERROR' && object.reason === 'Timeout') return follow();
            if (type === 'ERROR') throw new Error(`watch ${path}: ${object.message}`);
            seen({ type, object });
          }
        }
        return follow();
      };
      const ended = follow().catch((error) => {
        if (!aborter.signal.aborted) throw error;
      });
      return async () => {
        aborter.abort();
        await ended;
      };
    },
  };
}

/** For what may have gone, or come anew, since it was seen. */
export function unlessGone(error: unknown): void {
  if (!(error instanceof ApiError && (error.status === 404 || error.status === 409))) throw error;
}
