/** Texts of one line, as users write them. */
import { z } from 'zod';

/**
 * Control characters and what is no character, for a class of a regular expression. They stand for themselves, and no
 * pattern here looks ahead: so the patterns in the JSON Schemas mean the same to the engines of Python and Go too.
 */
export const UNPRINTABLE = '\u0000-\u001f\u007f-\u009f\ufffe\uffff';
/** kubectl refuses control characters in what it prints again. */
export const oneLineText = z
  .string()
  .regex(new RegExp(`^(?:\t|[^${UNPRINTABLE}])*$`, 'u'), 'expected a single line without control characters');
export const emptyOrLine = oneLineText.max(1000);
export const line = emptyOrLine.min(1);
