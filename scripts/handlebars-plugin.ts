/**
 * Turns `import render from '../../../templates/x.hbs'` into a function from its context to text, precompiled: only
 * Handlebars' runtime is in the bundle.
 *
 * A template begins with a comment that holds the TypeScript interface of its context. Every path of the template must
 * be declared there, because `{{#if missing}}` passes silently even in strict mode; nothing is optional, an absent part
 * is an empty list. `templatesDeclaration` makes the types of the modules from the same comments.
 */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import Handlebars from 'handlebars';

type AnyNode = hbs.AST.Node & Record<string, unknown>;
type Shape = { kind: 'string' } | { kind: 'boolean' } | { kind: 'list'; of: Shape } | ObjectShape;
type ObjectShape = { kind: 'object'; members: Map<string, Shape> };

/** For tsdown and for Vite alike. */
export function handlebarsPlugin() {
  return {
    name: 'handlebars',
    load(id: string) {
      return id.endsWith('.hbs')
        ? { code: compileTemplate(readFileSync(id, 'utf8'), id), moduleType: 'js' as const }
        : undefined;
    },
  };
}

/**
 * The JavaScript module of one template.
 * @throws Error with file and line for a path that its context does not declare
 */
export function compileTemplate(text: string, file: string): string {
  const program = Handlebars.parse(text);
  checkProgram(program, [parseInterface(declarationOf(text, file).body, file)], file);
  const spec = Handlebars.precompile(program, {
    strict: true,
    noEscape: true,
    knownHelpersOnly: true,
    data: false,
  });
  return `import Handlebars from 'handlebars/runtime.js';\nexport default Handlebars.template(${spec});\n`;
}

/** `src/targets/templates.d.ts`: the type of each template's module. */
export function templatesDeclaration(templates: Readonly<Record<string, string>>): string {
  const modules = Object.entries(templates).map(([file, text]) => {
    const { name, body } = declarationOf(text, file);
    const lines = `interface ${name} ${body}`.split('\n').map((line) => `  ${line}`.trimEnd());
    return [
      `declare module '*/templates/${basename(file)}' {`,
      ...lines,
      `  const render: (context: ${name}) => string;`,
      '  export default render;',
      '}',
    ].join('\n');
  });
  return `// made by test/targets/docker/templates.test.ts from the first comment of each template; do not edit\n${modules.join('\n\n')}\n`;
}

function declarationOf(text: string, file: string): { name: string; body: string } {
  const match = /^\{\{!--\ninterface (\w+) (\{\n[\s\S]*?\n\})\n--\}\}\n/.exec(text);
  if (!match) throw new Error(`${file}:1: expected a comment with the interface of the context first`);
  return { name: match[1]!, body: match[2]! };
}

/** The part of TypeScript that contexts need: `{ a: string; b: boolean; c: string[]; d: { e: string }[] }`. */
function parseInterface(text: string, file: string): ObjectShape {
  const tokens = text.replace(/\/\*\*.*?\*\//gs, '').match(/\w+|\[\]|\S/g) ?? [];
  let at = 0;
  const take = (expected: RegExp): string => {
    const token = tokens[at++] ?? 'the end';
    if (!expected.test(token)) throw new Error(`${file}: interface: expected ${expected.source}, got ${token}`);
    return token;
  };
  const parseObject = (): ObjectShape => {
    const members = new Map<string, Shape>();
    while (tokens[at] !== '}') {
      const name = take(/^\w+$/);
      take(/^:$/);
      members.set(name, parseType());
      if (tokens[at] !== '}') take(/^;$/);
    }
    at += 1;
    return { kind: 'object', members };
  };
  const parseType = (): Shape => {
    const token = take(/^(string|boolean|\{)$/);
    let shape: Shape = token === '{' ? parseObject() : { kind: token as 'string' | 'boolean' };
    for (; tokens[at] === '[]'; at += 1) shape = { kind: 'list', of: shape };
    return shape;
  };
  take(/^\{$/);
  return parseObject();
}

/** @param scopes the context of each open `{{#each}}`, innermost last */
function checkProgram(program: hbs.AST.Program, scopes: readonly Shape[], file: string): void {
  const fail = (node: hbs.AST.Node, message: string): never => {
    throw new Error(`${file}:${node.loc.start.line}: ${message}`);
  };
  const shapeOf = (node: AnyNode, kinds: readonly Shape['kind'][]): Shape => {
    const path = node as unknown as hbs.AST.PathExpression;
    if (node.type !== 'PathExpression' || path.data) return fail(node, 'expected a path into the context');
    let shape: Shape | undefined = scopes[scopes.length - 1 - path.depth];
    for (const part of path.parts) shape = shape?.kind === 'object' ? shape.members.get(part) : undefined;
    if (shape === undefined) return fail(node, `expected a member of the context, got ${path.original}`);
    if (kinds.includes(shape.kind)) return shape;
    return fail(node, `expected ${kinds.join(' or ')}, got ${path.original}, which is ${shape.kind}`);
  };
  for (const node of program.body as AnyNode[]) {
    if (node.type === 'ContentStatement' || node.type === 'CommentStatement') continue;
    const { path, params, hash } = node as unknown as hbs.AST.BlockStatement;
    if (node.type === 'MustacheStatement') {
      if (params.length > 0 || hash) fail(node, 'expected a path, got a helper; compute it in TypeScript');
      shapeOf(path as unknown as AnyNode, ['string']);
      continue;
    }
    const helper = node.type === 'BlockStatement' ? path.original : node.type;
    if (!['if', 'unless', 'each'].includes(helper) || params.length !== 1 || hash)
      fail(node, `expected #if, #unless or #each with one path, got ${helper}`);
    const [param] = params as AnyNode[];
    const { program: inner, inverse } = node as unknown as hbs.AST.BlockStatement;
    const shape = shapeOf(param!, helper === 'each' ? ['list'] : ['list', 'boolean']);
    checkProgram(inner, helper === 'each' && shape.kind === 'list' ? [...scopes, shape.of] : scopes, file);
    if (inverse) checkProgram(inverse, scopes, file);
  }
}
