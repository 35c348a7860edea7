import { describe, expect, it } from 'vitest';
import { collectProblems, fail, formatProblem, type Problem, SizewrightError } from '../src/errors/errors.ts';

const first: Problem = { code: 'USAGE', path: '--cpu', message: 'expected CPU, got nothing' };
const second: Problem = {
  code: 'POLICY_INVALID',
  path: 'parameters.A',
  message: 'expected a name, got none',
  file: 'p.yaml:3',
};

describe('formatProblem', () => {
  it.each([
    { desc: 'file, path and message', problem: second, text: 'p.yaml:3: parameters.A: expected a name, got none' },
    { desc: 'no file', problem: first, text: '--cpu: expected CPU, got nothing' },
    { desc: 'no path', problem: { ...second, path: '' }, text: 'p.yaml:3: expected a name, got none' },
    { desc: 'message alone', problem: { ...first, path: '' }, text: 'expected CPU, got nothing' },
  ])('$desc', ({ problem, text }) => {
    expect(formatProblem(problem)).toBe(text);
  });
});

describe('SizewrightError', () => {
  it('takes code and path of the first problem, and prints all', () => {
    const cause = new Error('why');
    const error = new SizewrightError([second, first], { cause });
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({
      name: 'SizewrightError',
      code: 'POLICY_INVALID',
      path: 'parameters.A',
      message: 'p.yaml:3: parameters.A: expected a name, got none\n--cpu: expected CPU, got nothing',
      problems: [second, first],
      cause,
    });
  });

  it('takes a single problem', () => {
    expect(new SizewrightError(first)).toMatchObject({ code: 'USAGE', problems: [first] });
  });

  it('is no error without a problem', () => {
    expect(() => new SizewrightError([])).toThrow(new TypeError('a SizewrightError needs a problem'));
  });

  it('is thrown by fail, with its cause', () => {
    const cause = new Error('why');
    expect(() => fail('USAGE', '--cpu', 'expected CPU, got nothing', { cause })).toThrow(
      expect.objectContaining({ code: 'USAGE', path: '--cpu', message: '--cpu: expected CPU, got nothing', cause }),
    );
  });
});

describe('collectProblems', () => {
  const refuse = (problem: Problem) => () => {
    throw new SizewrightError(problem);
  };

  it('returns the results in order', () => {
    expect(collectProblems([() => 1, () => 2])).toEqual([1, 2]);
    expect(collectProblems([])).toEqual([]);
  });

  it('runs every step and throws the problems of all together', () => {
    let ran = 0;
    const steps = [refuse(first), () => ran++, refuse(second)];
    expect(() => collectProblems(steps)).toThrow(expect.objectContaining({ problems: [first, second] }));
    expect(ran).toBe(1);
  });

  it('lets a bug through at once, with its stack', () => {
    const bug = new RangeError('a bug');
    const steps = [
      refuse(first),
      () => {
        throw bug;
      },
    ];
    expect(() => collectProblems(steps)).toThrow(bug);
  });
});
