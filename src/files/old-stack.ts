/**
 * Stacks of the version before, whose services stated image, ports and the like beside policy and share: they are read
 * as if all of it stood under `deploy`, with a warning that says what to move.
 */

import type { Finding } from '../errors/errors.ts';
import { finding } from '../errors/findings.ts';
import { isMap } from '../formats/data.ts';
import { deploySchema, stackDeploySchema } from '../stack/deploy-schema.ts';
import { type Moved, yamlLine } from './document.ts';
import { below } from './schema-problems.ts';

const OF_SERVICE = Object.keys(deploySchema.shape);
const OF_STACK = Object.keys(stackDeploySchema.shape);

/** @param raw a whole stack as it is written */
export function movedUnderDeploy(raw: unknown): Moved {
  const places: Moved['places'] = [];
  const twice: Moved['twice'] = [];
  const moved = (owner: unknown, path: string, fields: readonly string[]): unknown => {
    if (!isMap(owner) || !(isMap(owner.deploy) || owner.deploy === undefined || owner.deploy === null)) return owner;
    const deploy = owner.deploy ?? {};
    const old = fields.filter((field) => Object.hasOwn(owner, field));
    if (old.length === 0) return owner;
    for (const field of old) {
      const from = below(path, field);
      if (Object.hasOwn(deploy, field))
        twice.push({
          path: from,
          message: `expected ${field} once, under deploy, got it beside deploy too; take it out here`,
        });
      places.push({ to: below(path, `deploy.${field}`), from });
    }
    const rest = Object.entries(owner).filter(([key]) => key !== 'deploy' && !old.includes(key));
    const under = old.map((field) => [field, owner[field]] as const);
    return Object.fromEntries([...rest, ['deploy', { ...Object.fromEntries(under), ...deploy }]]);
  };
  const stack = moved(raw, '', OF_STACK);
  if (!isMap(stack) || !isMap(stack.services)) return { raw: stack, places, twice };
  const services = Object.entries(stack.services).map(([name, service]) => [
    name,
    moved(service, below('services', name), OF_SERVICE),
  ]);
  return { raw: { ...stack, services: Object.fromEntries(services) }, places, twice };
}

/** What to write instead; nothing for a stack in today's form. */
export function oldFormFindings({ raw, places }: Moved): Finding[] {
  if (places.length === 0) return [];
  const owners = new Map<string, string[]>();
  for (const { from } of places) {
    const { owner, field } = splitPath(from);
    owners.set(owner, [...(owners.get(owner) ?? []), field]);
  }
  const named = [...owners].map(([owner, fields]) => `${fields.join(', ')} of ${nameOf(owner)}`);
  const owner = [...owners.keys()].find((one) => one !== '') ?? '';
  const message = `the next version takes what only deploy files need under deploy alone; move there ${named.join('; ')}. ${nameOf(owner)} becomes:\n${newForm(raw, owner)}`;
  return [finding('STACK_FORM_OLD', owner === '' ? 'stack' : owner, message)];
}

function splitPath(path: string): { owner: string; field: string } {
  const at = path.lastIndexOf('.');
  return { owner: path.slice(0, Math.max(0, at)), field: path.slice(at + 1) };
}

function nameOf(owner: string): string {
  return owner === '' ? 'the stack itself' : owner.slice('services.'.length);
}

/** The lines of one service, or of the stack without its services: a field a line, and what is long left out. */
function newForm(raw: unknown, owner: string): string {
  const name = nameOf(owner);
  const { services, ...stack } = raw as { services?: Record<string, object> };
  const shown: Record<string, unknown> = owner === '' ? { ...stack } : { ...services![name] };
  const { deploy, ...sizes } = shown as { deploy: Record<string, unknown> };
  const lists = ['demands', 'constraints', 'advice'];
  const field = ([key, value]: [string, unknown]) => {
    const line = yamlLine(key, value);
    return line.length > 100 || line.includes('\n') ? `${key}: … # as it is` : line;
  };
  const fieldsOf = (map: object) => Object.entries(map).filter(([key]) => !(owner === '' && lists.includes(key)));
  const lines = [
    ...fieldsOf(sizes).map(field),
    'deploy:',
    ...Object.entries(deploy)
      .map(field)
      .map((line) => `  ${line}`),
  ];
  const indent = owner === '' ? '' : '    ';
  return [...(owner === '' ? [] : ['services:', `  ${name}:`]), ...lines.map((line) => `${indent}${line}`)]
    .map((line) => `    ${line}`)
    .join('\n');
}
