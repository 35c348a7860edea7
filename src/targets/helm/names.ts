/** How the templates of a chart reach its values and its helpers. */

import type { RenderedService } from '../rendered.ts';
import type { RenderInput } from '../target.ts';
import { literal } from './template.ts';

/** Members of the values, from the root: helpers have no variables of their own. */
export function valueAt(...path: string[]): string {
  return `(index .Values ${path.map(literal).join(' ')})`;
}

/** Named templates are global, so they bear the chart's name: `shop.web.figures`. */
export function helperName({ stack }: RenderInput, name: string, { service }: Partial<RenderedService> = {}): string {
  return [stack.name, ...(service ? [service.name] : []), name].join('.');
}

/** What a named template makes of the root, or of something else. */
export function included(input: RenderInput, name: string, rendered?: RenderedService, of = '.'): string {
  return `include ${literal(helperName(input, name, rendered))} ${of}`;
}

/** The first lines of a template that reads the values of one service. */
export function serviceVariables({ service }: RenderedService): string[] {
  return [
    `{{- $service := index .Values.services ${literal(service.name)} -}}`,
    `{{- $planned := index .Values.plan.services ${literal(service.name)} -}}`,
  ];
}
