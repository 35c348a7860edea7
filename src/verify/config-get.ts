/** A running Redis, asked by CONFIG GET: its protocol needs no library. */
import { connect as connectTcp } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { type Address, PATIENCE_SECONDS, reasonOf, unreachable } from './address.ts';
import type { Effective } from './settings.ts';

/** @throws SOURCE_UNREACHABLE, for a refused password or command too */
export async function askConfigGet(
  address: Address,
  option: string,
  keys: readonly string[],
): Promise<Map<string, Effective>> {
  const { user, password } = address;
  const login = password === '' ? [] : [['AUTH', ...(user === '' ? [] : [user]), password]];
  const commands = [...login, ...keys.map((key) => ['CONFIG', 'GET', key])];
  let replies: Reply[];
  try {
    replies = await exchange(address, commands);
  } catch (error) {
    return unreachable(option, address, reasonOf(error), error);
  }
  const refused = replies.find((reply) => reply instanceof Refusal);
  if (refused) unreachable(option, address, refused.message);
  return new Map(
    replies.slice(login.length).flatMap((reply): [string, Effective][] => {
      const [key, text] = Array.isArray(reply) ? reply : [];
      return typeof key === 'string' && typeof text === 'string' ? [[key, { text }]] : [];
    }),
  );
}

class Refusal extends Error {}

type Reply = string | number | null | Refusal | Reply[];

/** Sends all commands at once and waits for as many replies. */
function exchange({ url }: Address, commands: readonly (readonly string[])[]): Promise<Reply[]> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = url.port === '' ? 6379 : Number(url.port);
  return new Promise((resolve, reject) => {
    const socket =
      url.protocol === 'rediss:' ? connectTls({ host, port, servername: host }) : connectTcp({ host, port });
    const patience = AbortSignal.timeout(PATIENCE_SECONDS * 1000);
    patience.addEventListener('abort', () => socket.destroy(new Error(`no answer within ${PATIENCE_SECONDS} s`)));
    const replies: Reply[] = [];
    let received = '';
    socket.setEncoding('latin1'); // a character a byte: lengths are in bytes
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('the end of the connection')));
    socket.on('data', (text) => {
      received += text;
      for (let parsed = parseReply(received, 0); parsed; parsed = parseReply(received, 0)) {
        replies.push(parsed.reply);
        received = received.slice(parsed.next);
      }
      if (replies.length < commands.length) return;
      resolve(replies);
      socket.destroy();
    });
    for (const words of commands) socket.write(encode(words));
  });
}

function encode(words: readonly string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`;
}

/**
 * The reply at a place of the text, each character a byte; undefined while it is not there as a whole.
 * @see https://redis.io/docs/latest/develop/reference/protocol-spec/
 */
export function parseReply(text: string, at: number): { reply: Reply; next: number } | undefined {
  const end = text.indexOf('\r\n', at);
  if (end < 0) return undefined;
  const [kind, line] = [text[at], text.slice(at + 1, end)];
  const next = end + 2;
  switch (kind) {
    case '+':
      return { reply: utf8(line), next };
    case '-':
      return { reply: new Refusal(utf8(line)), next };
    case ':':
      return { reply: Number(line), next };
    case '$': {
      const length = Number(line);
      if (length < 0) return { reply: null, next };
      if (text.length < next + length + 2) return undefined;
      return { reply: utf8(text.slice(next, next + length)), next: next + length + 2 };
    }
    case '*': {
      const items: Reply[] = [];
      let from = next;
      for (let index = 0; index < Number(line); index += 1) {
        const item = parseReply(text, from);
        if (item === undefined) return undefined;
        items.push(item.reply);
        from = item.next;
      }
      return { reply: items, next: from };
    }
    default:
      return { reply: new Refusal('something that is no answer of a Redis'), next: text.length };
  }
}

function utf8(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
