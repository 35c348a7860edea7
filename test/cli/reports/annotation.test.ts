import { describe, expect, it } from 'vitest';
import { changeAnnotation, findingAnnotation, problemAnnotation } from '../../../src/cli/reports/annotation.ts';

describe('a finding', () => {
  const finding = { code: 'C', level: 'advice', path: 'api', message: 'lower it', why: 'it is large' } as const;

  it('says why', () => {
    expect(findingAnnotation(finding)).toEqual({
      code: 'C',
      level: 'advice',
      path: 'api',
      text: 'lower it\nit is large',
    });
  });

  it('has its place', () => {
    expect(findingAnnotation(finding, 'a:b.yaml:12')).toMatchObject({ file: 'a:b.yaml', line: 12 });
  });
});

describe('an error', () => {
  it.each([
    { file: 'p.yaml:3', place: { file: 'p.yaml', line: 3 } },
    { file: 'p.yaml', place: { file: 'p.yaml' } },
    { file: undefined, place: {} },
  ])('at $file', ({ file, place }) => {
    const problem = { code: 'USAGE', path: '--cpu', message: 'expected CPU', ...(file && { file }) } as const;
    expect(problemAnnotation(problem)).toEqual({
      code: 'USAGE',
      level: 'error',
      path: '--cpu',
      text: 'expected CPU',
      ...place,
    });
  });
});

describe('a file that a synth would change', () => {
  const a = { path: 'a', before: 'x\ny\n', after: 'x\nz\n' };
  it.each([
    {
      desc: 'at the line that differs',
      change: { ...a, state: 'changed' as const },
      found: {
        code: 'FILE_CHANGED',
        level: 'warning',
        line: 2,
        text: 'expected "z", got "y"; a synth would change it',
      },
    },
    {
      desc: 'at its end, where lines are missing',
      change: { path: 'a', state: 'changed' as const, before: 'x', after: 'x\ny' },
      found: { line: 1, text: 'expected "y", got the end of the file; a synth would change it' },
    },
    {
      desc: 'where it has lines too many',
      change: { path: 'a', state: 'changed' as const, before: 'x\ny', after: 'x' },
      found: { line: 2, text: 'expected the end of the file, got "y"; a synth would change it' },
    },
    {
      desc: 'by hand',
      change: { ...a, state: 'conflict' as const },
      found: {
        code: 'WRITE_CONFLICT',
        level: 'error',
        line: 2,
        text: 'expected "z", got "y"; changed by hand, so that a synth needs --force',
      },
    },
    {
      desc: 'new',
      change: { path: 'a', state: 'new' as const, after: 'x' },
      found: { code: 'FILE_NEW', level: 'warning', text: 'expected a file, got none; a synth would change it' },
    },
    {
      desc: 'no longer made',
      change: { path: 'a', state: 'removed' as const, before: 'x' },
      found: { code: 'FILE_REMOVED', level: 'warning', text: 'expected no file, got one; a synth would change it' },
    },
    {
      desc: 'in its mode alone',
      change: { path: 'a', state: 'changed' as const, before: 'x', after: 'x' },
      found: {
        code: 'FILE_CHANGED',
        text: 'expected a file that can be executed, got one that cannot; a synth would change it',
      },
    },
  ])('$desc', ({ change, found }) => {
    const [annotation] = changeAnnotation(change, 'out');
    expect(annotation).toMatchObject({ file: 'out/a', path: '', ...found });
    expect(annotation!.line).toBe((found as { line?: number }).line);
  });

  it('is nothing where it stays', () => {
    expect(changeAnnotation({ path: 'a', state: 'unchanged', before: 'x', after: 'x' }, 'out')).toEqual([]);
  });
});
