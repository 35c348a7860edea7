import { describe, expect, it } from 'vitest';
import { parseAddress, reasonOf, unreachable } from '../../src/verify/address.ts';
import { expositionSamples, parseExposition } from '../../src/verify/exposition.ts';
import { ReplyReader } from '../../src/verify/resp.ts';
import { divided, highest, summed } from '../../src/verify/samples.ts';
import { effectiveText, isEffective } from '../../src/verify/settings.ts';
import { problemsOf } from '../samples.ts';

describe('text of an exporter', () => {
  it.each([
    ['up 1', { name: 'up', labels: {}, value: 1 }],
    ['up{} 1', { name: 'up', labels: {}, value: 1 }],
    ['a:b{x="1",y="2"} 1.5e+09', { name: 'a:b', labels: { x: '1', y: '2' }, value: 1_500_000_000 }],
    ['a{x="1",} -1 1795449897529', { name: 'a', labels: { x: '1' }, value: -1 }],
    ['a{ x = "}, {\\"q\\" \\\\ \\n" } 2', { name: 'a', labels: { x: '}, {"q" \\ \n' }, value: 2 }],
    ['a +Inf', { name: 'a', labels: {}, value: Number.POSITIVE_INFINITY }],
    ['a NaN', { name: 'a', labels: {}, value: Number.NaN }],
    ['a_total 3 # {trace="x"} 1', { name: 'a_total', labels: {}, value: 3 }],
  ])('%s', (line, expected) => {
    expect(parseExposition(`# HELP a b\n\n${line}\n`, 'file')).toEqual([expected]);
  });

  it.each(['1 up', 'up', 'up one', 'up{x=1} 1', 'up{x="1" 1', 'up{x="1"y="2"} 1', '<html>'])('refuses %s', (line) => {
    expect(problemsOf(() => parseExposition(`up 1\n${line}\n`, 'm.txt'))).toEqual([
      `METRICS_INVALID m.txt:2: expected a sample of a metric, got ${JSON.stringify(line)}`,
    ]);
  });

  it('finds a series by its labels, as a whole and anchored', async () => {
    const text =
      'm{name="shop-web-1"} 1\nm{name="shop-web"} 2\nm{name="my-shop-web"} 3\nm{id="/"} 4\nn{name="shop-web"} 5\n';
    const samples = expositionSamples([{ file: 'f', text }]);
    const found = await samples.select('m', [{ label: 'name', op: '=~', value: 'shop-web(-[0-9]+)?' }], 'now');
    expect(found.map(({ value }) => value)).toEqual([1, 2]);
    expect(await samples.select('m', [{ label: 'name', op: '=', value: 'shop' }], 'now')).toEqual([]);
  });
});

describe('series', () => {
  const sample = (value: number, labels: Record<string, string> = { pod: 'a' }) => ({ value, labels });
  it('are divided and added label by label, whatever their names', () => {
    expect(divided([sample(3, { __name__: 'x', pod: 'a' }), sample(1, { pod: 'b' })], [sample(2)], 100)).toEqual([
      { labels: { __name__: 'x', pod: 'a' }, value: 150 },
    ]);
    expect(divided([sample(3)], [sample(0)], 1)).toEqual([]);
    expect(summed([[sample(3)], [sample(4)]])).toEqual([sample(7)]);
    expect(highest(summed([[sample(3)], []]))).toBeUndefined();
  });
});

describe('a setting', () => {
  it.each([
    // planned, the server's text and unit
    ['3599MB', '460672', '8kB'], // 3599 x 128 pages
    ['14208kB', '14208', 'kB'],
    ['16MB', '2048', '8kB'],
    ['2GB', '2048', 'MB'],
    ['5399mb', '5661261824', undefined], // Redis: bytes
    ['200', '200', undefined],
    ['60', '60', 's'],
    ['2', '2.0', undefined],
    ['off', 'off', undefined],
    ['false', 'off', undefined],
    ['yes', 'on', undefined],
    ['', '', undefined],
    ['allkeys-lru', 'allkeys-lru', undefined],
  ])('%s is in effect as %s %s', (text, found, unit) => {
    expect(isEffective({ text }, { text: found, ...(unit && { unit }) })).toBe(true);
  });

  it.each([
    ['3599MB', '460671', '8kB'],
    ['14208kB', '14208', 'MB'],
    ['5399mb', '5399', undefined],
    ['200', '100', undefined],
    ['224MB', '-1', 'kB'],
    ['', '3600 1', undefined],
    ['no', 'yes', undefined],
    ['allkeys-lru', 'noeviction', undefined],
  ])('%s is not in effect as %s %s', (text, found, unit) => {
    expect(isEffective({ text }, { text: found, ...(unit && { unit }) })).toBe(false);
  });

  it.each([
    ['16384', '8kB', '128MB'],
    ['4096', 'kB', '4MB'],
    ['100', 'kB', '100kB'],
    ['-1', 'kB', '-1 kB'],
    ['5', 'min', '5 min'],
    ['', undefined, '""'],
    ['100', undefined, '100'],
  ])('%s %s reads %s', (text, unit, expected) => {
    expect(effectiveText({ text, ...(unit && { unit }) })).toBe(expected);
  });
});

describe('replies of Redis', () => {
  const whole = '*2\r\n$9\r\nmaxmemory\r\n$3\r\n100\r\n';
  const read = (text: string | Buffer) => new ReplyReader().read(Buffer.from(text as string));
  it.each([
    ['+OK\r\n', ['OK']],
    [':42\r\n:-1\r\n', [42, -1]],
    ['$-1\r\n*-1\r\n', [null, null]],
    ['$0\r\n\r\n', ['']],
    ['*0\r\n*2\r\n*0\r\n*1\r\n+a\r\n', [[], [[], ['a']]]],
    [`${whole}+nex`, [['maxmemory', '100']]],
    ['$5\r\nkäse\r\n$4\r\na\r\nb\r\n', ['käse', 'a\r\nb']],
    ['-NOAUTH Authentication required.\r\n', [new Error('NOAUTH Authentication required.')]],
  ])('%j', (text, replies) => {
    expect(read(text)).toEqual(replies);
  });

  it('come in whatever pieces', () => {
    for (let size = 1; size <= whole.length; size += 1) {
      const reader = new ReplyReader();
      const bytes = Buffer.from(whole + whole);
      const replies = [];
      for (let at = 0; at < bytes.length; at += size) replies.push(...reader.read(bytes.subarray(at, at + size)));
      expect(replies).toEqual([
        ['maxmemory', '100'],
        ['maxmemory', '100'],
      ]);
    }
  });

  it.each([
    ['HTTP/1.1 400 Bad Request\r\n'],
    ['\0'],
    ['$x\r\n'],
    ['$\r\n'],
    ['$1e9\r\n'],
    ['$-2\r\n'],
    ['*-9\r\n'],
    ['*NaN\r\n'],
    [':x\r\n'],
    ['$3\r\nabcde'],
    ['*10001\r\n'],
    ['*1\r\n'.repeat(9)],
    ['*1\r\n'.repeat(200_000)],
  ])('%.20j is refused', (text) => {
    expect(() => read(text)).toThrow(/^(something that is no answer of a Redis|more than 1 MiB)$/);
  });

  it('are no larger than a list of settings', () => {
    expect(() => read('$1048577\r\n')).toThrow('more than 1 MiB');
    const reader = new ReplyReader();
    reader.read(Buffer.alloc(1024 * 1024, '+'));
    expect(() => reader.read(Buffer.from('+'))).toThrow('more than 1 MiB');
  });
});

describe('an address', () => {
  it('is shown without user and password', () => {
    const address = parseAddress('redis://me:s3cret%21@h:6380/0', '--redis', ['redis', 'rediss']);
    expect(address).toMatchObject({ shown: 'redis://h:6380/0', user: 'me', password: 's3cret!' });
  });

  it('takes the password of the environment where it has none', () => {
    expect(parseAddress('redis://h', '--redis', ['redis'], 'env').password).toBe('env');
    expect(parseAddress('redis://:own@h', '--redis', ['redis'], 'env').password).toBe('own');
  });

  it.each(['s3cret', 'http://me:s3cret@', 'ftp://me:s3cret@h', 'http://me:s3cret@h:port'])(
    'that is none is refused without a word of it: %s',
    (text) => {
      expect(problemsOf(() => parseAddress(text, '--prometheus', ['http', 'https']))).toEqual([
        'USAGE --prometheus: expected an address that begins with http:// or https://, got another',
      ]);
    },
  );

  it.each([
    ['redis://:100%@h', '', '100%'],
    ['redis://u:%zz%41-%e4@h', 'u', '%zzA-%e4'],
    ['redis://u:p:q@h', 'u', 'p:q'],
    ['redis://u:p@ss@h', 'u', 'p@ss'],
    ['redis://u:a/b@h', 'u', 'a/b'],
    ['redis://u:a#b?c/d@h:6380/0', 'u', 'a#b?c/d'],
    ['redis://u:a b\\c"d\'e@h', 'u', 'a b\\c"d\'e'],
    ['redis://u:pässwörd🔑@h', 'u', 'pässwörd🔑'],
    ['redis://u:p%C3%A4%40%2F@h', 'u', 'pä@/'],
    ['redis://u%40corp:p@[::1]:6380', 'u@corp', 'p'],
  ])('%s: ordinary secrets', (text, user, password) => {
    const address = parseAddress(text, '--redis', ['redis']);
    expect([address.user, address.password]).toEqual([user, password]);
    expect(address.shown).toMatch(/^redis:\/\/(h|h:6380\/0|\[::1\]:6380)$/);
    expect(address.url.href).not.toContain('@');
  });

  it.each(['redis://u:p@ss/w?x@h', 'redis://host:12/3@h'])('with two readings is refused: %s', (text) => {
    expect(problemsOf(() => parseAddress(text, '--redis', ['redis']))).toEqual([
      'USAGE --redis: expected an address that begins with redis://, got one with an @ that can end the password or stand in it; write the one in the password as %40',
    ]);
  });

  it('is never shown with its password, also where a server says it', () => {
    const address = parseAddress('redis://me:s3cret@h', '--redis', ['redis']);
    const said = `WRONG s3cret\r\n\x1b[31m::error::${Buffer.from('me:s3cret').toString('base64')} ${'x'.repeat(300)}`;
    const [problem] = problemsOf(() => unreachable('--redis', address, said));
    expect(problem).toMatch(
      /^SOURCE_UNREACHABLE --redis: expected an answer from redis:\/\/h, got WRONG \*\*\* \\u001b\[31m::error::\*\*\* x{150,}…; check address, user and password$/,
    );
  });

  it('that fails says the first cause', () => {
    const refused = Object.assign(new AggregateError([new Error('connect ECONNREFUSED 127.0.0.1:1')]), { message: '' });
    expect(reasonOf(new TypeError('fetch failed', { cause: refused }))).toBe('connect ECONNREFUSED 127.0.0.1:1');
    expect(reasonOf(Object.assign(new Error(''), { code: 'ECONNRESET' }))).toBe('ECONNRESET');
  });
});
