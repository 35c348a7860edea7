import { describe, expect, it } from 'vitest';
import { compilePolicy } from '../../src/policy/compile.ts';
import { isNonNegative, polaritiesIn } from '../../src/policy/monotone.ts';
import { sourceText } from '../../src/policy/policy.ts';
import { cost, memory, parameter, policyFile, policyOf, problemsOf } from '../samples.ts';
import { builtInPolicy } from '../support.ts';

const problems = (changes: Parameters<typeof policyFile>[0]) => problemsOf(() => policyOf(changes));

/** Parameters A, B, C in that order, each without a cost unless it is given. */
const abc = (a: object, b: object = {}, c: object = {}) => ({
  A: parameter({ formula: 4, ...a }),
  B: parameter({ formula: 4, ...b }),
  C: parameter({ formula: 4, ...c }),
});

describe('a checked policy', () => {
  it('is plain data: it survives JSON', () => {
    for (const policy of [policyOf(), ...['spatialvortex-api', 'postgres', 'redis'].map(builtInPolicy)])
      expect(JSON.parse(JSON.stringify(policy))).toEqual(policy);
  });

  it('has the fields of the file, and defaults where it is silent', () => {
    expect(policyOf()).toEqual({
      name: 'demo',
      title: 'Demo',
      cores: 'floor',
      sources: {},
      headroom: { text: '0', expr: { op: 'int', value: 0, at: 0 }, basis: 'assumed', why: 'made up' },
      reserve: { text: '0', expr: { op: 'int', value: 0, at: 0 }, basis: 'assumed', why: 'made up' },
      inputs: [],
      parameters: [
        {
          name: 'WORKERS',
          key: 'WORKERS',
          does: 'counts',
          unit: 'things',
          syntax: { kind: 'decimal', times: 1, suffix: '', words: [] },
          formula: { text: 'cores', expr: { op: 'ref', name: 'cores', at: 0 }, why: 'made up', source: undefined },
          min: { text: '1', expr: { op: 'int', value: 1, at: 0 } },
          max: { text: '64', expr: { op: 'int', value: 64, at: 0 } },
          boundsReason: { why: 'made up' },
          range: { lo: 1, hi: 64 },
          multipleOf: 1,
          cost: {
            text: 'WORKERS * 10',
            expr: {
              op: 'bin',
              bin: '*',
              left: { op: 'ref', name: 'WORKERS', at: 0 },
              right: { op: 'int', value: 10, at: 10 },
              at: 0,
            },
            when: 'use',
            basis: 'assumed',
            why: 'made up',
          },
        },
      ],
      yields: [{ parameter: 'WORKERS' }],
      settings: [],
      secrets: [],
      deliveries: [{ as: 'variables', keys: {} }],
      startupSeconds: { text: '10', expr: { op: 'int', value: 10, at: 0 }, why: 'made up' },
      sysctls: [],
      stop: { signal: 'SIGTERM', graceSeconds: 10, why: 'made up' },
      advice: [],
      metrics: { pageCache: false, settings: [], signals: [] },
    });
  });

  it('knows what a program takes by itself, of the machine too, and what means no limit', () => {
    const policy = policyOf({
      recognise: { images: ['demo'] },
      memory: memory(),
      parameters: abc({ byItself: 'nodeCores * 2' }, { byItself: 'A' }, { byItself: 'unlimited', unlimited: 0 }),
    });
    expect(policy.recognise).toEqual({ images: ['demo'] });
    expect(policy.parameters.map(({ byItself }) => (typeof byItself === 'object' ? byItself.text : byItself))).toEqual([
      'nodeCores * 2',
      'A',
      'unlimited',
    ]);
    expect(policy.parameters[2]!.unlimited).toBe(0);
    expect(problems({ memory: memory(), parameters: abc({ formula: 'nodeCores' }) })[0]).toContain(
      'FORMULA_SYNTAX parameters.A.formula: ',
    );
  });

  it('keeps the constant that a parameter replaces', () => {
    const constant = { value: 16, arbitrary: 'a guess', effect: 'slow' };
    const policy = policyOf({ memory: memory(), parameters: abc({ static: constant }) });
    expect(policy.parameters.map((one) => one.static)).toEqual([constant, undefined, undefined]);
  });

  it('spells a source out', () => {
    const policy = policyOf({ sources: { book: 'The Book, page 3' } });
    expect(sourceText(policy, { why: '', source: 'book' })).toBe('The Book, page 3');
    expect(sourceText(policy, { why: '' })).toBeUndefined();
  });
});

it('a setting that a kernel parameter limits has its value', () => {
  const key = 'net.core.somaxconn';
  const of = (value: number, sysctl: string) =>
    problems({
      settings: { Q: { value, sysctl, why: 'w' } },
      sysctls: { [key]: { value: 8, otherwise: 4, why: 'w' } },
    });
  expect(of(8, key)).toEqual([]);
  expect(of(7, key)).toEqual([
    `POLICY_INVALID settings.Q.sysctl: expected the value of sysctls.${key}, which limits it, 8, got 7; state one for both`,
  ]);
  expect(of(8, 'net.core.other')).toEqual([
    `POLICY_INVALID settings.Q.sysctl: expected a key of sysctls (${key}), got "net.core.other"`,
  ]);
});

describe('what a formula may read', () => {
  it.each([
    {
      desc: 'headroom: the limits',
      changes: { memory: memory({ headroom: 'memoryMiB / 10 + cores + cpuMillis', yields: ['WORKERS'] }) },
    },
    { desc: 'a formula: all inputs', changes: { parameters: abc({ formula: 'availableMiB / 500' }) } },
    { desc: 'a formula: the parameters above', changes: { parameters: abc({}, { formula: 'A * 2' }) } },
    { desc: 'a bound: all inputs', changes: { parameters: abc({ max: 'max(64, availableMiB)' }) } },
    { desc: 'shared memory: all parameters', changes: { parameters: abc({}), sharedMemory: cost('A + C') } },
    { desc: 'start-up: all parameters', changes: { parameters: abc({}), startupSeconds: { formula: 'C', why: 'w' } } },
  ])('$desc', ({ changes }) => {
    expect(problems({ memory: memory(), ...changes })).toEqual([]);
  });

  it.each([
    {
      desc: 'headroom: not what is available',
      changes: { memory: memory({ headroom: 'availableMiB', yields: ['WORKERS'] }) },
      says: 'FORMULA_SYNTAX memory.headroom.formula: expected a known name, got "availableMiB"; known are cores, cpuMillis, memoryMiB\n    availableMiB\n    ^',
    },
    {
      desc: 'reserve: no parameter',
      changes: { memory: memory({ reserve: 'WORKERS', yields: ['WORKERS'] }) },
      says: 'FORMULA_SYNTAX memory.reserve.formula: expected a known name, got "WORKERS"; known are cores, cpuMillis, memoryMiB\n    WORKERS\n    ^',
    },
    {
      desc: 'a formula: not itself',
      changes: { memory: memory(), parameters: abc({ formula: 'A + 1' }) },
      says: 'FORMULA_SYNTAX parameters.A.formula: expected a known name, got "A"; known are cores, cpuMillis, memoryMiB, availableMiB\n    A + 1\n    ^',
    },
    {
      desc: 'a formula: not the parameters below (so there is no cycle)',
      changes: { memory: memory(), parameters: abc({ formula: 'C' }) },
      says: 'FORMULA_SYNTAX parameters.A.formula: expected a name that is declared above, got "C", which is declared below; move it up\n    C\n    ^',
    },
    {
      desc: 'a bound: no parameter',
      changes: { memory: memory(), parameters: abc({}, { min: 0, max: 'A' }) },
      says: 'FORMULA_SYNTAX parameters.B.max: expected a known name, got "A"; known are cores, cpuMillis, memoryMiB, availableMiB\n    A\n    ^',
    },
    {
      desc: 'start-up: no other name',
      changes: { startupSeconds: { formula: 'D', why: 'w' } },
      says: 'FORMULA_SYNTAX startupSeconds.formula: expected a known name, got "D"; known are cores, cpuMillis, memoryMiB, availableMiB, WORKERS\n    D\n    ^',
    },
    {
      desc: 'advice: a condition, no number',
      changes: { advice: [{ code: 'A', when: 'WORKERS', say: 'x', why: 'w' }] },
      says: 'FORMULA_SYNTAX advice.0.when: expected a comparison (true or false), got "WORKERS"; write one, such as WORKERS > 0\n    WORKERS\n    ^',
    },
    {
      desc: 'advice is proved safe too',
      changes: { advice: [{ code: 'A', when: '1 / availableMiB > 1', say: 'x', why: 'w' }] },
      says: 'FORMULA_UNSAFE advice.0.when: expected a divisor that is always at least 1, got 0 to 33554432\n    1 / availableMiB > 1\n        ^',
    },
  ])('$desc', ({ changes, says }) => {
    expect(problems(changes)).toEqual([says]);
  });

  it('a cost reads its own parameter and those above, not those below', () => {
    const lists = { memory: memory({ fixed: ['A'] }) };
    expect(problems({ ...lists, parameters: abc({ cost: cost('A * 2') }) })).toEqual([]);
    expect(problems({ ...lists, parameters: abc({ cost: cost('A * C') }) })).toContain(
      'FORMULA_SYNTAX parameters.A.cost.formula: expected a name that is declared above, got "C", which is declared below; move it up\n    A * C\n        ^',
    );
  });

  it('a parameter with the name of an input is refused', () => {
    expect(problems({ memory: memory(), parameters: { cores: parameter({ formula: 4 }) } })).toEqual([
      'POLICY_INVALID parameters.cores: expected a name of its own, got cores, which every formula reads as an input; rename the parameter',
    ]);
  });

  it('parameters with the names of object members are parameters like any other', () => {
    const parameters = {
      constructor: parameter({ formula: 4 }),
      toString: parameter({ formula: 'constructor * 2' }),
      hasOwnProperty: parameter({ formula: 'toString + constructor' }),
    };
    expect(policyOf({ memory: memory(), parameters }).parameters.map(({ name, range }) => [name, range])).toEqual([
      ['constructor', { lo: 1, hi: 64 }],
      ['toString', { lo: 1, hi: 64 }],
      ['hasOwnProperty', { lo: 1, hi: 64 }],
    ]);
  });
});

describe('bounds', () => {
  it.each([
    { desc: 'hard', bounds: { min: 2, max: 32 }, range: { lo: 2, hi: 32 } },
    { desc: 'equal', bounds: { min: 2, max: 2 }, range: { lo: 2, hi: 2 } },
    { desc: 'from 0', bounds: { min: 0, max: 0 }, range: { lo: 0, hi: 0 } },
    { desc: 'soft above', bounds: { min: 2, max: 32, hardMax: 4096 }, range: { lo: 2, hi: 4096 } },
    { desc: 'soft below', bounds: { min: 2, hardMin: 1, max: 32 }, range: { lo: 1, hi: 32 } },
    { desc: 'formulas', bounds: { min: 1, max: 'memoryMiB / 4 + 1' }, range: { lo: 1, hi: 8_388_609 } },
  ])('$desc: the range is what the hard bounds leave', ({ bounds, range }) => {
    expect(policyOf({ memory: memory(), parameters: abc(bounds) }).parameters[0]!.range).toEqual(range);
  });

  it.each([
    { desc: 'negative', bounds: { min: -1, max: 32 }, got: '-1 to 32' },
    { desc: 'crossing', bounds: { min: 33, max: 32 }, got: '33 to 32' },
    { desc: 'crossing everywhere', bounds: { min: 'memoryMiB + 5', max: 5 }, got: '6 to 5' },
    { desc: 'negative somewhere', bounds: { min: 'cores - 2', max: 5 }, got: '-1 to 5' },
  ])('$desc', ({ bounds, got }) => {
    expect(problems({ memory: memory(), parameters: abc(bounds) })).toEqual([
      `POLICY_INVALID parameters.A: expected bounds with 0 ≤ min ≤ max, got ${got}; change min or max`,
    ]);
  });

  it('are proved safe', () => {
    expect(problems({ memory: memory(), parameters: abc({ max: 'memoryMiB / availableMiB' }) })[0]).toBe(
      'FORMULA_UNSAFE parameters.A.max: expected a divisor that is always at least 1, got 0 to 33554432\n    memoryMiB / availableMiB\n                ^',
    );
  });

  it('one that cannot be read is one problem', () => {
    expect(problems({ memory: memory(), parameters: abc({ max: 'core' }) })).toEqual([
      'FORMULA_SYNTAX parameters.A.max: expected a known name (cores), got "core"\n    core\n    ^',
    ]);
  });

  it('count in the proof of what depends on them: the hard ones, not the soft', () => {
    const a = { min: 1, max: 32, hardMin: 0 };
    expect(problems({ memory: memory(), parameters: abc(a, { formula: '64 / A' }) })).toEqual([
      'FORMULA_UNSAFE parameters.B.formula: expected a divisor that is always at least 1, got 0 to 32\n    64 / A\n         ^',
    ]);
    expect(problems({ memory: memory(), parameters: abc({ ...a, hardMin: 1 }, { formula: '64 / A' }) })).toEqual([]);
    const unsafe = { formula: `A * 300000000`, max: 33_554_432 };
    expect(problems({ memory: memory(), parameters: abc({ max: 30_000_000 }, unsafe) })).toEqual([]);
    expect(problems({ memory: memory(), parameters: abc({ max: 5, hardMax: 33_554_432 }, unsafe) })).toEqual([
      'FORMULA_UNSAFE parameters.B.formula: expected a value within ±(2^53 − 1), got 300000000 to 10066329600000000\n    A * 300000000\n    ^',
    ]);
  });
});

describe('memory', () => {
  it.each([
    { desc: 'headroom', changes: { memory: memory({ headroom: '-100', yields: ['WORKERS'] }) } },
    {
      desc: 'headroom that falls below 0',
      changes: { memory: memory({ headroom: 'cores - 2', yields: ['WORKERS'] }) },
    },
    { desc: 'reserve', changes: { memory: memory({ reserve: '-100', yields: ['WORKERS'] }) } },
    { desc: 'shared memory', changes: { sharedMemory: cost('-1') } },
    { desc: 'start-up', changes: { startupSeconds: { formula: -5, why: 'w' } } },
  ])('$desc is never negative: else there is more available than there is', ({ changes }) => {
    expect(problems(changes)).toEqual([expect.stringMatching(/^POLICY_INVALID .*formula: expected .*never negative/)]);
  });

  it.each([
    {
      desc: 'a cost that rounds down',
      formula: 'WORKERS / 2',
      says: 'POLICY_INVALID parameters.WORKERS.cost.formula: expected a cost that rounds up, got / in "WORKERS / 2"; use ceilDiv(a, b)',
    },
    {
      desc: 'a division deep inside',
      formula: 'WORKERS > 3 ? min(1, 2 + WORKERS / 2) : 1',
      says: 'POLICY_INVALID parameters.WORKERS.cost.formula: expected a cost that rounds up, got / in "WORKERS > 3 ? min(1, 2 + WORKERS / 2) : 1"; use ceilDiv(a, b)',
    },
    {
      desc: 'a cost that can be negative',
      formula: 'WORKERS - 2',
      says: 'POLICY_INVALID parameters.WORKERS.cost.formula: expected a cost that is never negative, got -1 to 62 MiB',
    },
    {
      desc: 'a cost that cannot be read',
      formula: 'WORKER',
      says: 'FORMULA_SYNTAX parameters.WORKERS.cost.formula: expected a known name (WORKERS), got "WORKER"\n    WORKER\n    ^',
    },
  ])('refuses $desc, once', ({ formula, says }) => {
    expect(problems({ parameters: { WORKERS: parameter({ cost: cost(formula) }) } })).toEqual([says]);
  });

  const again = 'once in memory.yields or memory.fixed, got it 2 times; say whether it gives way when memory is short';
  it.each([
    {
      desc: 'neither yields nor is fixed',
      lists: {},
      says: [
        'POLICY_INVALID parameters.WORKERS.cost: expected WORKERS once in memory.yields or memory.fixed, got it 0 times; say whether it gives way when memory is short',
      ],
    },
    {
      desc: 'yields twice',
      lists: { yields: ['WORKERS', 'WORKERS'] },
      says: ['POLICY_INVALID memory.yields.1: expected a lower floor than the 1 things of the turn before, got 1'],
    },
    {
      desc: 'yields twice, not down to a lower floor',
      lists: { yields: [{ WORKERS: 8 }, { WORKERS: 8 }, 'WORKERS'] },
      says: ['POLICY_INVALID memory.yields.1: expected a lower floor than the 8 things of the turn before, got 8'],
    },
    {
      desc: 'yields down to a floor out of bounds',
      lists: { yields: [{ WORKERS: 65 }, 'WORKERS'] },
      says: ['POLICY_INVALID memory.yields.0: expected a floor of 1 to 64 things for WORKERS, got 65'],
    },
    {
      desc: 'yields and is fixed',
      lists: { yields: ['WORKERS'], fixed: ['WORKERS'] },
      says: [`POLICY_INVALID parameters.WORKERS.cost: expected WORKERS ${again}`],
    },
    {
      desc: 'yields what does not exist',
      lists: { yields: ['WORKERS', 'POOL'] },
      says: ['POLICY_INVALID memory.yields: expected parameters with a cost (WORKERS), got "POOL"'],
    },
    {
      desc: 'fixed is what does not exist',
      lists: { yields: ['WORKERS'], fixed: ['constructor'] },
      says: ['POLICY_INVALID memory.fixed: expected parameters with a cost (WORKERS), got "constructor"'],
    },
  ])('a cost that $desc', ({ lists, says }) => {
    expect(problems({ memory: memory(lists) })).toEqual(says);
  });

  it('gives way in several turns, each with a lower floor', () => {
    const turns = policyOf({ memory: memory({ yields: [{ WORKERS: 8 }, { WORKERS: 4 }, 'WORKERS'] }) }).yields;
    expect(turns).toEqual([
      { parameter: 'WORKERS', floor: 8 },
      { parameter: 'WORKERS', floor: 4 },
      { parameter: 'WORKERS' },
    ]);
  });

  it.each(['500', 'cores * 3', 'B * 10'])('a yielder that its own cost, %s, does not count cannot yield', (formula) => {
    const parameters = { B: parameter(), A: parameter({ cost: cost(formula) }) };
    expect(problems({ memory: memory({ yields: ['A'] }), parameters })).toEqual([
      `POLICY_INVALID parameters.A.cost.formula: expected a cost that reads A, because A is to give way when memory is short, got "${formula}"; count it in, or move A to memory.fixed\n    ${formula}\n    ^`,
    ]);
    expect(problems({ memory: memory({ fixed: ['A'] }), parameters })).toEqual([]);
  });

  it('a parameter without a cost cannot yield', () => {
    expect(problems({ memory: memory({ yields: ['A'] }), parameters: abc({}) })).toEqual([
      'POLICY_INVALID memory.yields: expected parameters with a cost (), got "A"',
    ]);
  });
});

describe('two names for one thing', () => {
  it('a key of two parameters', () => {
    expect(problems({ memory: memory(), parameters: abc({ key: 'X' }, { key: 'X' }) })).toHaveLength(1);
  });

  it("a parameter's key that is another parameter's name", () => {
    expect(problems({ memory: memory(), parameters: abc({}, { key: 'A' }) })).toHaveLength(1);
  });

  it('a setting that a parameter decides', () => {
    expect(problems({ settings: { WORKERS: { value: 5, why: 'w' } } })).toHaveLength(1);
  });

  it('a secret that a parameter decides', () => {
    expect(problems({ secrets: { WORKERS: { does: 'x', example: 'x' } } })).toHaveLength(1);
  });
});

describe('how values reach the program', () => {
  const settings = (changes: object) => ({
    deliver: {
      as: 'settings',
      program: ['served'],
      flags: ['-c', '{key}={value}'],
      file: { name: 'served.conf', line: '{key} = {value}', arguments: ['-f', '{path}'] },
      ...changes,
    },
  });
  const file = (changes: object) =>
    settings({ file: { name: 'served.conf', line: '{key} = {value}', arguments: ['-f', '{path}'], ...changes } });
  /** What the shape or the check says; each is as good. */
  const refusals = (changes: Parameters<typeof policyFile>[0]) => {
    try {
      return problems(changes);
    } catch (error) {
      return [`${error}`];
    }
  };

  it('by key and value', () => {
    expect(refusals(settings({}))).toEqual([]);
  });

  it.each([
    { desc: 'flags without the value', changes: settings({ flags: ['-c', '{key}'] }) },
    { desc: 'flags without the key', changes: settings({ flags: ['-c', '{value}'] }) },
    { desc: 'a line without the value', changes: file({ line: '{key}' }) },
    { desc: 'a line without the key', changes: file({ line: 'x = {value}' }) },
    { desc: 'arguments without the path', changes: file({ arguments: ['-f'] }) },
  ])('$desc are refused', ({ changes }) => {
    expect(refusals(changes)).toHaveLength(1);
  });
});

describe('sources', () => {
  it.each([
    {
      desc: 'of a parameter',
      changes: { parameters: { WORKERS: parameter({ source: 'x', cost: cost('WORKERS') }) } },
      path: 'parameters.WORKERS.source',
    },
    {
      desc: 'of a setting',
      changes: { settings: { A: { value: 1, why: 'w', source: 'x' } } },
      path: 'settings.A.source',
    },
    {
      desc: 'of advice',
      changes: { advice: [{ code: 'A', when: '1 > 0', say: 's', why: 'w', source: 'x' }] },
      path: 'advice.0.source',
    },
    {
      desc: 'of the expectations',
      changes: { expectations: { source: 'x', note: 'n', byCores: [] } },
      path: 'expectations.source',
    },
  ])('$desc', ({ changes, path }) => {
    expect(problems({ sources: { book: 'The Book' }, ...changes })).toEqual([
      `POLICY_INVALID ${path}: expected a key of sources (book), got "x"`,
    ]);
  });

  it('is no source: a setting or a source of that name', () => {
    const settings = { source: { value: 'x', why: 'w' } };
    expect(problems({ sources: { source: 'The Book' }, settings })).toEqual([]);
  });

  it('is no source: what every object has', () => {
    expect(problems({ settings: { A: { value: 1, why: 'w', source: 'constructor' } } })).toEqual([
      'POLICY_INVALID settings.A.source: expected a key of sources (), got "constructor"',
    ]);
  });
});

describe('the costs never fall when a yielder grows', () => {
  const yielding = (a: object, b: object = {}, c: object = {}) => ({
    memory: memory({ yields: ['A'], fixed: ['B', 'C'] }),
    parameters: abc(
      { cost: cost('A'), ...a },
      { formula: 4, cost: cost('B'), ...b },
      { formula: 4, cost: cost('C'), ...c },
    ),
  });

  it.each([
    { desc: 'directly', changes: yielding({}) },
    { desc: 'through a dependent that grows', changes: yielding({}, { formula: 'A * 2' }) },
    { desc: 'a cost of two parameters', changes: yielding({}, { cost: cost('A * B') }) },
    {
      desc: 'a dependent that falls and costs less and less',
      changes: yielding({}, { formula: '100 - A', cost: cost('100 - B') }),
    },
    {
      desc: 'a dependent that jumps, and costs nothing',
      changes: yielding({}, {}, { formula: 'A > 3 ? 1 : 9', cost: cost(0) }),
    },
  ])('$desc', ({ changes }) => {
    expect(problems(changes)).toEqual([]);
  });

  const hint = 'take A out of memory.yields or change the formula';
  it.each([
    {
      desc: 'its own cost falls',
      changes: yielding({ cost: cost('100 - A') }),
      says: `POLICY_NOT_MONOTONE parameters.A.cost.formula: expected a cost that never falls when A grows, got "100 - A" through A; ${hint}`,
    },
    {
      desc: 'a dependent falls',
      changes: yielding({}, { formula: '100 - A' }),
      says: `POLICY_NOT_MONOTONE parameters.B.cost.formula: expected a cost that never falls when A grows, got "B" through B; ${hint}`,
    },
    {
      desc: 'a dependent of a dependent falls',
      changes: yielding({}, { formula: 'A * 2' }, { formula: '100 / max(B, 1)' }),
      says: `POLICY_NOT_MONOTONE parameters.C.cost.formula: expected a cost that never falls when A grows, got "C" through C; ${hint}`,
    },
    {
      desc: 'a dependent jumps',
      changes: yielding({}, { formula: 'A > 3 ? 1 : 9' }),
      says: `POLICY_NOT_MONOTONE parameters.B.cost.formula: expected a cost that never falls when A grows, got "B" through B; ${hint}`,
    },
    {
      desc: 'one that jumps is multiplied',
      changes: yielding({}, {}, { formula: 'A % 3', cost: cost('B * C') }),
      says: `POLICY_NOT_MONOTONE parameters.C.cost.formula: expected a cost that never falls when A grows, got "B * C" through C; ${hint}`,
    },
    {
      desc: 'what is left of the memory, spread (z3 found the counterexample)',
      changes: yielding(
        {},
        { formula: 'A', cost: cost(0) },
        { formula: '(1000 - B) / max(B, 1)', cost: cost('C * B') },
      ),
      says: `POLICY_NOT_MONOTONE parameters.C.cost.formula: expected a cost that never falls when A grows, got "C * B" through C, B; ${hint}`,
    },
  ])('$desc', ({ changes, says }) => {
    expect(problems(changes)).toEqual([says]);
  });

  it('what does not yield may move as it likes', () => {
    const changes = yielding({}, { formula: '100 - A' });
    expect(problems({ ...changes, memory: memory({ fixed: ['A', 'B', 'C'] }) })).toEqual([]);
  });

  it('every parameter moves in its direction', () => {
    const policy = policyOf({
      memory: memory(),
      parameters: {
        ...abc({}, { formula: '100 - A' }, { formula: 'A > 3 ? 1 : 2' }),
        D: parameter({ formula: 'C * 0 + cores' }),
        E: parameter({ formula: 'B * 2' }),
      },
    });
    expect([...polaritiesIn(policy, 'A')]).toEqual([
      ['A', 1],
      ['B', -1],
      ['C', undefined],
      ['D', undefined],
      ['E', -1],
    ]);
    expect([...polaritiesIn(policy, 'E')]).toEqual([
      ['E', 1],
      ['A', 0],
      ['B', 0],
      ['C', 0],
      ['D', 0],
    ]);
  });

  it('isNonNegative: from 0 on', () => {
    const at = (lo: number) => isNonNegative({ op: 'ref', name: 'x', at: 0 }, { x: { lo, hi: 9 } });
    expect([at(-1), at(0), at(1)]).toEqual([false, true, true]);
  });
});

describe('several problems', () => {
  it('are collected', () => {
    const file = policyFile({
      memory: memory({ headroom: 'core', yields: ['WORKERS', 'POOL'] }),
      parameters: { WORKERS: parameter({ formula: '1 / 0', min: 5, max: 4, source: 'x', cost: cost('WORKERS') }) },
      startupSeconds: { formula: '1 +', why: 'w' },
    });
    expect(problemsOf(() => compilePolicy(file)).map((text) => text.split(':')[0])).toEqual([
      'FORMULA_SYNTAX memory.headroom.formula',
      'FORMULA_UNSAFE parameters.WORKERS.formula',
      'POLICY_INVALID parameters.WORKERS',
      'FORMULA_SYNTAX startupSeconds.formula',
      'POLICY_INVALID parameters.WORKERS.source',
      'POLICY_INVALID memory.yields',
    ]);
  });
});

describe('what is measured', () => {
  const signal = (changes: object = {}) => ({
    does: 'counts',
    query: 'up',
    parameter: 'WORKERS',
    why: 'made up',
    ...changes,
  });

  it('names parameters and signals of the policy', () => {
    const known = 'expected a parameter of this policy (WORKERS), got "THREADS"';
    expect(
      problems({
        metrics: {
          cpu: 'THREADS',
          settings: { THREADS: { metric: 'threads' } },
          signals: { BUSY: signal({ parameter: 'THREADS' }) },
          loadTest: { path: '/', requests: 10, concurrency: 1, throughput: 'RATE' },
        },
      }),
    ).toEqual([
      `POLICY_INVALID metrics.cpu: ${known}`,
      `POLICY_INVALID metrics.settings.THREADS: ${known}`,
      `POLICY_INVALID metrics.signals.BUSY.parameter: ${known}`,
      'POLICY_INVALID metrics.loadTest.throughput: expected a signal of this policy (BUSY), got "RATE"',
    ]);
  });

  it.each([
    [{ unit: 'ms', abovePercent: 90 }, 'expected no unit beside it'],
    [{ expected: [{ cores: 8 }] }, 'expected either atLeast or below'],
    [{ expected: [{ atLeast: 1, below: 2 }] }, 'expected either atLeast or below'],
    [{ expected: [{ atLeast: 3, upTo: 2 }] }, 'expected it beside atLeast, and not below it'],
  ])('%o is refused by its shape', (changes, message) => {
    expect(() => policyFile({ metrics: { signals: { BUSY: signal(changes) } } })).toThrow(message);
  });
});

describe('ways to the program', () => {
  const words = { ...parameter({ min: 0, max: 2, cost: cost('WORKERS * 10') }), words: ['low', 'high'] };
  it.each([
    { changes: { deliver: [{ as: 'variables', only: ['WORKER'] }] }, says: 'POLICY_INVALID deliver.0: ' },
    {
      changes: { deliver: [{ as: 'options', variable: 'OPTS', options: ['-x'] }] },
      says: 'POLICY_INVALID parameters.WORKERS: expected a way in deliver that carries it, got none',
    },
    {
      changes: { deliver: [{ as: 'options', variable: 'OPTS', options: ['-x{WORKERS}', '-y{HEAP}'] }] },
      says: 'POLICY_INVALID deliver.0.options: ',
    },
    {
      changes: { parameters: { WORKERS: words } },
      says: 'POLICY_INVALID parameters.WORKERS.words: expected a word for each value from min to max, got 2 words for 0 to 2; the first stands for 0',
    },
    {
      changes: { parameters: { WORKERS: { ...parameter({ cost: cost('WORKERS * 10') }), syntax: 'jvm' } } },
      says: 'POLICY_INVALID parameters.WORKERS.syntax: expected a unit of memory beside it (kB, MB, KiB, MiB), got unit things; change either',
    },
    {
      changes: { parameters: { WORKERS: { ...words, max: 1, suffix: 'x' } } },
      says: 'POLICY_INVALID parameters.WORKERS.words: expected one of syntax, suffix and words, got suffix and words',
    },
    {
      changes: { deliver: [{ as: 'flags', each: ['{key}={value}'], at: 'start' }] },
      says: 'POLICY_INVALID deliver.0.at: expected end, or the program whose first word they stand behind, got start without program',
    },
  ])('$says', ({ changes, says }) => {
    expect(problemsOf(() => policyOf(changes))).toContainEqual(expect.stringContaining(says));
  });
});
