import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { compileTemplate } from '../../scripts/handlebars-plugin.ts';

const root = new URL('../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');
const templates = readdirSync(new URL('templates/', root)).filter((file) => file.endsWith('.hbs'));

it('every template has its context in the declarations, and no other is there', () => {
  const declared = [...read('src/targets/templates.d.ts').matchAll(/^declare module '\*\/templates\/(.+)' \{$/gm)];
  expect(declared.map(([, file]) => file).sort()).toEqual(templates.sort());
});

it.each(templates)('%s reads what its declaration has', (file) => {
  const [, members = ''] = new RegExp(`templates/${file}' \\{([\\s\\S]*?)\\n\\}\\n`).exec(
    read('src/targets/templates.d.ts'),
  )!;
  const paths = [...read(`templates/${file}`).matchAll(/\{\{~?(?:#(?:if|each|unless) )?(?:\.\.\/)*(\w+)~?\}\}/g)];
  const names = new Set(paths.map(([, name]) => name!).filter((name) => name !== 'this' && name !== 'else'));
  expect([...names].filter((name) => !new RegExp(`\\b${name}: `).test(members))).toEqual([]);
});

it('is a module of its own, without the compiler', () => {
  expect(compileTemplate('{{name}}')).toContain("from 'handlebars/runtime.js'");
});
