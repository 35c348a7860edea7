/** The groups of a rules file. */

import { withComments } from '../../formats/yaml.ts';
import { sizedServices } from '../services.ts';
import type { RenderInput } from '../target.ts';
import { alertsOf } from './alerts.ts';
import { measuredRules, plannedRules, type Rule } from './rules.ts';

export interface Group {
  name: string;
  rules: Rule[];
}

/** Planned values first, each with its reason as a comment; then what is measured; then the alerts. */
export function groupsOf(input: RenderInput): Group[] {
  const services = sizedServices(input);
  const group = (part: string, rules: Rule[]): Group => ({ name: `sizewright-${input.stack.name}-${part}`, rules });
  const planned = services.flatMap((rendered) => plannedRules(input, rendered));
  const reasons = Object.fromEntries(planned.map(({ why }, index) => [index, why]));
  return [
    group(
      'plan',
      withComments(
        planned.map(({ rule }) => rule),
        reasons,
      ),
    ),
    group(
      'measured',
      services.flatMap((rendered) => measuredRules(input, rendered)),
    ),
    group(
      'alerts',
      services.flatMap((rendered) => alertsOf(input, rendered)),
    ),
  ];
}
