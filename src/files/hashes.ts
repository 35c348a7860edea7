/** Hashes and random names. Importing `node:crypto` would also load all of its web cryptography, 3 ms at each start. */
const { createHash, randomBytes } = process.getBuiltinModule('node:crypto');

/** @returns 64 hexadecimal digits */
export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** @returns two hexadecimal digits a byte */
export function randomHex(bytes: number): string {
  return randomBytes(bytes).toString('hex');
}
