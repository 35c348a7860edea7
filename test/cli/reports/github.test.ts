import { describe, expect, it } from 'vitest';
import { githubCommands } from '../../../src/cli/reports/github.ts';

describe('a workflow command', () => {
  it.each([
    {
      desc: 'with file and line',
      level: 'error' as const,
      file: 'policies/x.yaml',
      line: 12,
      command: '::error file=policies/x.yaml,line=12,title=CODE::api: text',
    },
    {
      desc: 'with a file',
      level: 'warning' as const,
      file: 'a.yaml',
      command: '::warning file=a.yaml,title=CODE::api: text',
    },
    { desc: 'with no place', level: 'advice' as const, command: '::notice title=CODE::api: text' },
    { desc: 'about a file as a whole', level: 'error' as const, path: '', command: '::error title=CODE::text' },
    {
      desc: 'whose text has more lines, and percent signs',
      level: 'error' as const,
      text: '100 %: a,b\r\n  50%0A',
      command: '::error title=CODE::api: 100 %25: a,b\\u000d%0A  50%250A',
    },
    {
      desc: 'whose file has what separates properties',
      level: 'error' as const,
      file: 'a:b,c%3A.yaml',
      line: 1,
      command: '::error file=a%3Ab%2Cc%253A.yaml,line=1,title=CODE::api: text',
    },
  ])('$desc', ({ desc: _, command, ...given }) => {
    expect(githubCommands([{ code: 'CODE', text: 'text', path: 'api', ...given }])).toBe(`${command}\n`);
  });

  it('cannot be forged by what it says', () => {
    const text = 'x\n::error::y\u0085##[error]z\u001b[2J';
    expect(githubCommands([{ code: 'A', level: 'advice', text, path: '##vso[a]', file: '\u202egpj.##[x]' }])).toBe(
      '::notice file=\\u202egpj.\\u0023#[x],title=A::\\u0023#vso[a]: x%0A:\\u003aerror::y\\u0085\\u0023#[error]z\\u001b[2J\n',
    );
  });

  it('each on a line; nothing for nothing', () => {
    const one = { code: 'A', level: 'error', text: 'x', path: '' } as const;
    expect(githubCommands([one, { ...one, code: 'B' }])).toBe('::error title=A::x\n::error title=B::x\n');
    expect(githubCommands([])).toBe('');
  });
});
