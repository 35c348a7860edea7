import { describe, expect, it } from 'vitest';
import type { Annotation } from '../../../src/cli/reports/annotation.ts';
import { sarifLog } from '../../../src/cli/reports/sarif.ts';
import { sarifErrors } from './support.ts';

const annotation = (changes: Partial<Annotation> = {}): Annotation => ({
  code: 'SOME_CODE',
  level: 'warning',
  text: 'text',
  path: 'api',
  ...changes,
});
const runOf = (annotations: readonly Annotation[], refused = false) => {
  const log = JSON.parse(sarifLog(annotations, '1.2.3', refused));
  expect(sarifErrors(log)).toEqual([]);
  expect(log.runs).toHaveLength(1);
  return log.runs[0];
};

describe('a log', () => {
  it('of nothing says that the run went well', () => {
    expect(JSON.parse(sarifLog([], '1.2.3', false))).toEqual({
      $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
      version: '2.1.0',
      runs: [
        {
          tool: { driver: { name: 'sizewright', version: '1.2.3', rules: [] } },
          invocations: [{ executionSuccessful: true }],
          results: [],
        },
      ],
    });
  });

  it('has a rule for each code, and a result for each place', () => {
    const { tool, results } = runOf([
      annotation({ file: 'stack.yaml', line: 7 }),
      annotation({ file: 'stack.yaml', line: 9, level: 'advice', code: 'OTHER' }),
      annotation({ file: 'deploy/compose.yaml', level: 'error', path: '' }),
    ]);
    expect(tool.driver.rules).toEqual([{ id: 'SOME_CODE' }, { id: 'OTHER' }]);
    expect(results).toEqual([
      {
        ruleId: 'SOME_CODE',
        ruleIndex: 0,
        level: 'warning',
        message: { text: 'api: text' },
        locations: [
          {
            physicalLocation: { artifactLocation: { uri: 'stack.yaml' }, region: { startLine: 7 } },
            logicalLocations: [{ fullyQualifiedName: 'api' }],
          },
        ],
      },
      {
        ruleId: 'OTHER',
        ruleIndex: 1,
        level: 'note',
        message: { text: 'api: text' },
        locations: [
          {
            physicalLocation: { artifactLocation: { uri: 'stack.yaml' }, region: { startLine: 9 } },
            logicalLocations: [{ fullyQualifiedName: 'api' }],
          },
        ],
      },
      {
        ruleId: 'SOME_CODE',
        ruleIndex: 0,
        level: 'error',
        message: { text: 'text' },
        locations: [{ physicalLocation: { artifactLocation: { uri: 'deploy/compose.yaml' } } }],
      },
    ]);
  });

  it('says as a notification what is about no file', () => {
    const run = runOf([annotation({ path: '--profile', level: 'error' })], true);
    expect(run.results).toEqual([]);
    expect(run.invocations).toEqual([
      {
        executionSuccessful: false,
        toolExecutionNotifications: [
          { descriptor: { id: 'SOME_CODE' }, level: 'error', message: { text: '--profile: text' } },
        ],
      },
    ]);
  });

  it.each([
    { file: 'my files/a#b?c%.yaml', uri: 'my%20files/a%23b%3Fc%25.yaml' },
    { file: '../größe.yaml', uri: '../gr%C3%B6%C3%9Fe.yaml' },
    { file: '/srv/stack.yaml', uri: 'file:///srv/stack.yaml' },
  ])('names $file as $uri', ({ file, uri }) => {
    const [result] = runOf([annotation({ file })]).results;
    expect(result.locations[0].physicalLocation.artifactLocation).toEqual({ uri });
  });

  it('the schema refuses what is no log', () => {
    const log = JSON.parse(sarifLog([annotation({ file: 'a', line: 1 })], '1', false));
    log.runs[0].results[0].level = 'advice';
    log.runs[0].results[0].locations[0].physicalLocation.region.startLine = 0;
    expect(sarifErrors(log).map(({ instancePath }) => instancePath)).toEqual([
      '/runs/0/results/0/level',
      '/runs/0/results/0/locations/0/physicalLocation/region/startLine',
    ]);
  });
});
