import { expect, it } from 'vitest';
import { writeFormat } from '../../src/formats/format.ts';

const entries = [
  { key: 'global.maxconn', text: '4000', reason: 'files' },
  { key: 'global.tune.bufsize', text: '16384', reason: 'a--b' },
];

it('sections of HAProxy are not closed, and keep dots in a keyword', () => {
  expect(writeFormat({ as: 'blocks', style: 'haproxy' }, entries, ['made'])).toBe(
    '# made\n\nglobal\n    # files\n    maxconn 4000\n    # a--b\n    tune.bufsize 16384\n',
  );
});

it('elements of XML are closed, and a comment has no two hyphens', () => {
  expect(writeFormat({ as: 'xml', root: 'clickhouse' }, entries, ['made'])).toBe(
    `<!-- made -->
<clickhouse>
    <global>
        <!-- files -->
        <maxconn>4000</maxconn>
        <tune>
            <!-- a- -b -->
            <bufsize>16384</bufsize>
        </tune>
    </global>
</clickhouse>
`,
  );
});
