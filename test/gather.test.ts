import { describe, expect, it, vi } from 'vitest';
import { type Gathering, gather, gatherNow, late, need } from '../src/gather.ts';

const twice = () => {
  const load = { first: vi.fn(async () => 20), second: vi.fn(async () => 3) };
  const [first, second] = [late(load.first), late(load.second)];
  const begun = vi.fn();
  function* work(hurried: boolean): Gathering<number> {
    begun();
    const one = yield* need(first);
    return hurried ? one : one + (yield* need(second));
  }
  return { load, first, begun, work };
};

describe('gather', () => {
  it('loads each module that is missing, once, and begins no work anew', async () => {
    const { load, begun, work } = twice();
    expect(await gather(work(false))).toBe(23);
    expect(await gather(work(false))).toBe(23);
    expect([load.first, load.second].map((one) => one.mock.calls.length)).toEqual([1, 1]);
    expect(begun).toHaveBeenCalledTimes(2);
  });

  it('loads nothing that is not needed', async () => {
    const { load, work } = twice();
    expect(await gather(work(true))).toBe(20);
    expect(load.second).not.toHaveBeenCalled();
  });

  it('passes on what the work throws, and what loading throws', async () => {
    // biome-ignore lint/correctness/useYield: it fails before it needs anything
    function* wrong(): Gathering<never> {
      throw new TypeError('wrong');
    }
    await expect(gather(wrong())).rejects.toThrow(TypeError);
    const missing = late(() => Promise.reject(new Error('no such file')));
    await expect(gather(need(missing))).rejects.toThrow('no such file');
  });
});

describe('gatherNow', () => {
  it('takes modules that are there, and refuses to wait', () => {
    const { first, work } = twice();
    expect(() => gatherNow(work(true))).toThrow('a module is needed that is not loaded');
    first.loaded = 7;
    expect(gatherNow(work(true))).toBe(7);
  });
});
