import { describe, expect, it } from 'vitest';
import { parseAddress, reasonOf } from '../../src/verify/address.ts';
import { parseReply } from '../../src/verify/config-get.ts';
import { expositionSamples, parseExposition } from '../../src/verify/exposition.ts';
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

describe('a reply of Redis', () => {
  const whole = '*2\r\n$9\r\nmaxmemory\r\n$3\r\n100\r\n';
  it.each([
    ['+OK\r\n', 'OK', 5],
    [':42\r\n', 42, 5],
    ['$-1\r\n', null, 5],
    ['$0\r\n\r\n', '', 6],
    ['*0\r\n', [], 4],
    [`${whole}+next`, ['maxmemory', '100'], whole.length],
    [Buffer.from('$5\r\nkäse\r\n').toString('latin1'), 'käse', 11],
  ])('%j', (text, reply, next) => {
    expect(parseReply(text, 0)).toEqual({ reply, next });
  });

  it('is waited for until it is whole', () => {
    for (let length = 0; length < whole.length; length += 1)
      expect(parseReply(whole.slice(0, length), 0)).toBeUndefined();
  });

  it('may be a refusal, or of another program', () => {
    expect(parseReply('-NOAUTH Authentication required.\r\n', 0)!.reply).toEqual(
      new Error('NOAUTH Authentication required.'),
    );
    expect(parseReply('HTTP/1.1 400 Bad Request\r\n', 0)!.reply).toEqual(
      new Error('something that is no answer of a Redis'),
    );
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

  it('that fails says the first cause', () => {
    const refused = Object.assign(new AggregateError([new Error('connect ECONNREFUSED 127.0.0.1:1')]), { message: '' });
    expect(reasonOf(new TypeError('fetch failed', { cause: refused }))).toBe('connect ECONNREFUSED 127.0.0.1:1');
    expect(reasonOf(Object.assign(new Error(''), { code: 'ECONNRESET' }))).toBe('ECONNRESET');
  });
});
