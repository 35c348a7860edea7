/**
 * Turns `import render from '../../../templates/x.hbs'` into a function from its context to text, precompiled: only
 * Handlebars' runtime is in the bundle. What each template is given is in `src/targets/templates.d.ts`.
 */
import { readFileSync } from 'node:fs';
import Handlebars from 'handlebars';

/** For tsdown and for Vite alike. */
export function handlebarsPlugin() {
  return {
    name: 'handlebars',
    load(id: string) {
      return id.endsWith('.hbs')
        ? { code: compileTemplate(readFileSync(id, 'utf8')), moduleType: 'js' as const }
        : undefined;
    },
  };
}

/** The JavaScript module of one template. Rendering throws for a path that its context does not have. */
export function compileTemplate(text: string): string {
  const spec = Handlebars.precompile(text, { strict: true, noEscape: true, knownHelpersOnly: true, data: false });
  return `import Handlebars from 'handlebars/runtime.js';\nexport default Handlebars.template(${spec});\n`;
}
