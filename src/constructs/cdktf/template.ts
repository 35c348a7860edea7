/**
 * Texts with tokens in them as Terraform's templates. cdktf would make them too, but takes the `$${` of a literal, and
 * a template within an expression, for the start of one, and writes a token in there bare: `var.secret`.
 */
import { Fn, type IResolvable, type IResolveContext, Token } from 'cdktf';
import { hclString } from '../../formula/hcl.ts';
import { escaped } from '../../targets/terraform/resource.ts';

/** What cdktf puts a value for. */
export const TOKEN = 'TfToken[';
const TOKENS = /(\$\{TfToken\[[^\]]+\]\})/;
const QUOTED_TOKENS = /"(\$\{TfToken\[[^\]]+\]\})"/;

class Template implements IResolvable {
  readonly creationStack: string[] = [];
  /** Every second one is a token. */
  readonly #parts: readonly string[];

  constructor(parts: readonly string[]) {
    this.#parts = parts;
  }

  /** As a text; within an expression in quotes. */
  resolve(context: IResolveContext): string {
    const isInner = context.suppressBraces === true;
    context.suppressBraces = false;
    const written = this.#parts.map((part, index) => {
      if (index % 2 === 1) return context.resolve(part);
      const text = isInner ? hclString(part).slice(1, -1) : escaped(part);
      return index < this.#parts.length - 1 ? text.replace(/\$+$/, `\${"$&"}`) : text;
    });
    return isInner ? `"${written.join('')}"` : written.join('');
  }

  toString(): string {
    return Token.asString(this);
  }
}

/** An item of YAML, in whose place there is one text without tokens, or a token of its JSON. */
export function yamlItem(item: string): string {
  return Token.isUnresolved(item) ? Fn.jsonencode(new Template(item.split(TOKENS)).toString()) : item;
}

/** YAML with such items. */
export function yamlTemplate(yaml: string): string {
  return new Template(yaml.split(QUOTED_TOKENS)).toString();
}
