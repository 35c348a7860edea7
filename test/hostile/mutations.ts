/** Every place of a document, and documents with one of them changed. */
import { placesIn, withText } from './places.ts';

/** Paths of every text and every key, as `withText` takes them. */
export function textSites(document: unknown, around: readonly string[] = []): string[][] {
  if (typeof document === 'string') return [[...around]];
  if (typeof document !== 'object' || document === null) return [];
  const keys = Array.isArray(document) ? [] : placesIn(document, ['(key)']).map((path) => [...around, ...path]);
  return [...keys, ...Object.entries(document).flatMap(([key, member]) => textSites(member, [...around, key]))];
}

/** The same document with one value, or one key, replaced; every place in turn. */
export function* mutations(value: unknown, by: readonly unknown[], keys: readonly string[]): Generator<unknown> {
  yield* by;
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries())
      for (const other of mutations(item, by, keys)) yield value.with(index, other);
    return;
  }
  for (const [key, member] of Object.entries(value)) {
    for (const other of mutations(member, by, keys)) yield { ...value, [key]: other };
    const { [key]: _, ...rest } = value as Record<string, unknown>;
    yield rest;
    for (const other of keys) yield withText(value, [key, '(key)'], other);
  }
}

/** A text with one word replaced; every word in turn. */
export function* wordsReplaced(text: string, by: readonly string[]): Generator<string> {
  for (const { index, 0: word } of text.matchAll(/[\w.-]+/g))
    for (const other of by) yield text.slice(0, index) + other + text.slice(index + word.length);
}

/**
 * At most so many, evenly. The step is a power of two and so meets, where the count of texts that replace is odd, each
 * place with others of them.
 */
export function someOf<T>(all: readonly T[], most: number): T[] {
  let step = 1;
  while (all.length > most * step) step *= 2;
  return all.filter((_, index) => index % step === 0);
}
