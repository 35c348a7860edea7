import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { compileTemplate, templatesDeclaration } from '../../../scripts/handlebars-plugin.ts';

const root = new URL('../../../', import.meta.url);
const declarationFile = new URL('src/targets/templates.d.ts', root);

const templates = Object.fromEntries(
  readdirSync(new URL('templates/', root))
    .filter((file) => file.endsWith('.hbs'))
    .sort()
    .map((file) => [`templates/${file}`, readFileSync(new URL(`templates/${file}`, root), 'utf8')]),
);

it('has the types of the modules from the templates', () => {
  const expected = templatesDeclaration(templates);
  if (process.env.UPDATE_GOLDEN) writeFileSync(declarationFile, expected);
  expect(readFileSync(declarationFile, 'utf8')).toBe(expected);
});

describe('a path that the context does not declare', () => {
  const template = (body: string) =>
    `{{!--\ninterface Small {\n  name: string;\n  lines: string[];\n  parts: { key: string; words: string[] }[];\n  on: boolean;\n}\n--}}\n${body}\n`;

  it.each([
    ['{{missing}}', 'x.hbs:9: expected a member of the context, got missing'],
    ['{{#if missing}}a{{/if}}', 'x.hbs:9: expected a member of the context, got missing'],
    ['{{#each missing}}a{{/each}}', 'x.hbs:9: expected a member of the context, got missing'],
    ['{{#each parts}}\n{{name}}{{/each}}', 'x.hbs:10: expected a member of the context, got name'],
    ['{{#each parts}}{{../key}}{{/each}}', 'x.hbs:9: expected a member of the context, got ../key'],
    ['{{#each parts}}{{key.length}}{{/each}}', 'x.hbs:9: expected a member of the context, got key.length'],
    ['{{lines}}', 'x.hbs:9: expected string, got lines, which is list'],
    ['{{#if name}}a{{/if}}', 'x.hbs:9: expected list or boolean, got name, which is string'],
    ['{{#each name}}a{{/each}}', 'x.hbs:9: expected list, got name, which is string'],
    ['{{@root}}', 'x.hbs:9: expected a path into the context'],
    ['{{add name name}}', 'x.hbs:9: expected a path, got a helper; compute it in TypeScript'],
    ['{{#with name}}a{{/with}}', 'x.hbs:9: expected #if, #unless or #each with one path, got with'],
    ['{{> other}}', 'x.hbs:9: expected #if, #unless or #each with one path, got PartialStatement'],
  ])('%s', (body, message) => {
    expect(() => compileTemplate(template(body), 'x.hbs')).toThrow(message);
  });

  it('passes what is declared', () => {
    const body = '{{name}}{{#if on}}{{#each parts}}{{../name}}{{key}}{{#each words}}{{this}}{{/each}}{{/each}}{{/if}}';
    expect(compileTemplate(template(body), 'x.hbs')).toContain("from 'handlebars/runtime.js'");
  });
});

it('wants the interface first', () => {
  expect(() => compileTemplate('{{name}}', 'x.hbs')).toThrow(
    'x.hbs:1: expected a comment with the interface of the context first',
  );
});
