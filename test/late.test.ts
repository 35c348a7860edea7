import { describe, expect, it, vi } from 'vitest';
import { late, whenLoaded } from '../src/late.ts';

const twice = () => {
  const load = { first: vi.fn(async () => 20), second: vi.fn(async () => 3) };
  const [first, second] = [late(load.first), late(load.second)];
  return { load, first, work: vi.fn((hurried: boolean) => (hurried ? first() : first() + second())) };
};

describe('whenLoaded', () => {
  it('loads each module that is missing, once', async () => {
    const { load, work } = twice();
    expect(await whenLoaded(() => work(false))).toBe(23);
    expect(work).toHaveBeenCalledTimes(3); // without any, with the first, with both
    expect(await whenLoaded(() => work(false))).toBe(23);
    expect([load.first, load.second].map((one) => one.mock.calls.length)).toEqual([1, 1]);
  });

  it('loads nothing that is not needed', async () => {
    const { load, work } = twice();
    expect(await whenLoaded(() => work(true))).toBe(20);
    expect(load.second).not.toHaveBeenCalled();
  });

  it('passes on what the work throws, and what loading throws', async () => {
    await expect(
      whenLoaded(() => {
        throw new TypeError('wrong');
      }),
    ).rejects.toThrow(TypeError);
    const missing = late(() => Promise.reject(new Error('no such file')));
    await expect(whenLoaded(() => missing())).rejects.toThrow('no such file');
  });
});

describe('a module that is needed at once', () => {
  it('is an error until it is provided', () => {
    const { first } = twice();
    expect(first).toThrow('a module is not loaded: call within whenLoaded, or provide it before');
    first.provide(7);
    expect(first()).toBe(7);
  });
});
