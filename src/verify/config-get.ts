/** A running Redis, asked by CONFIG GET: its protocol needs no library. */
import { connect as connectTcp } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { type Address, PATIENCE_SECONDS, reasonOf, shortLine, unreachable } from './address.ts';
import { Refusal, type Reply, ReplyReader } from './resp.ts';
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
      return typeof key === 'string' && typeof text === 'string' ? [[key, { text: shortLine(text) }]] : [];
    }),
  );
}

/** Sends all commands at once and waits for as many replies, all of them within the time. */
function exchange({ url }: Address, commands: readonly (readonly string[])[]): Promise<Reply[]> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = url.port === '' ? 6379 : Number(url.port);
  return new Promise((resolve, reject) => {
    const socket =
      url.protocol === 'rediss:' ? connectTls({ host, port, servername: host }) : connectTcp({ host, port });
    const patience = AbortSignal.timeout(PATIENCE_SECONDS * 1000);
    patience.addEventListener('abort', () => socket.destroy(new Error(`no answer within ${PATIENCE_SECONDS} s`)));
    const reader = new ReplyReader();
    const replies: Reply[] = [];
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('the end of the connection')));
    socket.on('data', (chunk: Buffer) => {
      try {
        replies.push(...reader.read(chunk));
      } catch (error) {
        socket.destroy(error as Error);
        return;
      }
      const refused = replies.some((reply) => reply instanceof Refusal);
      if (replies.length < commands.length && !refused) return;
      resolve(replies.slice(0, commands.length));
      socket.destroy();
    });
    for (const words of commands) socket.write(encode(words));
  });
}

function encode(words: readonly string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`;
}
