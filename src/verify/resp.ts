/**
 * Replies of a Redis, as bytes come in. Whoever answers may be no Redis, or mean ill: what is malformed, large or nested
 * is refused at once, and nothing is read twice.
 * @see https://redis.io/docs/latest/develop/reference/protocol-spec/
 */
export type Reply = string | number | null | Refusal | Reply[];

/** What a server says instead of an answer. */
export class Refusal extends Error {}

/** A list of settings is far below all of these. */
const MOST_BYTES = 1024 * 1024;
const MOST_ITEMS = 10_000;
const MOST_LISTS = 8;

interface List {
  items: Reply[];
  left: number;
}

export class ReplyReader {
  private received = Buffer.alloc(0);
  private readonly open: List[] = [];
  private bytes = 0;

  /**
   * The replies that are whole with these bytes.
   * @throws Error for what is no answer of a Redis
   */
  read(chunk: Uint8Array): Reply[] {
    this.bytes += chunk.length;
    if (this.bytes > MOST_BYTES) throw new Error('more than 1 MiB');
    this.received = Buffer.concat([this.received, chunk]);
    const replies: Reply[] = [];
    let at = 0;
    for (let step = this.next(at); step !== undefined; step = this.next(at)) {
      at = step.end;
      const reply = 'list' in step ? this.begin(step.list) : this.close(step.reply);
      if (reply !== undefined) replies.push(reply);
    }
    this.received = this.received.subarray(at);
    return replies;
  }

  /** The reply or the begin of a list at a place; undefined while it is not there as a whole. */
  private next(at: number): { end: number; reply: Reply } | { end: number; list: List } | undefined {
    if (at >= this.received.length) return undefined;
    const kind = String.fromCharCode(this.received[at]!);
    if (!'+-:$*'.includes(kind)) throw notRedis();
    const lineEnd = this.received.indexOf('\r\n', at);
    if (lineEnd < 0) return undefined;
    const line = this.received.toString('utf8', at + 1, lineEnd);
    const end = lineEnd + 2;
    if (kind === '+') return { end, reply: line };
    if (kind === '-') return { end, reply: new Refusal(line) };
    if (!/^[+-]?\d{1,15}$/.test(line)) throw notRedis();
    const number = Number(line);
    if (kind === ':') return { end, reply: number };
    if (number === -1) return { end, reply: null };
    if (number < 0) throw notRedis();
    if (kind === '*') return { end, list: { items: [], left: number } };
    if (number > MOST_BYTES) throw new Error('more than 1 MiB');
    if (this.received.length < end + number + 2) return undefined;
    if (this.received.toString('latin1', end + number, end + number + 2) !== '\r\n') throw notRedis();
    return { end: end + number + 2, reply: this.received.toString('utf8', end, end + number) };
  }

  private begin(list: List): Reply | undefined {
    if (list.left > MOST_ITEMS || this.open.length >= MOST_LISTS) throw notRedis();
    if (list.left === 0) return this.close(list.items);
    this.open.push(list);
    return undefined;
  }

  /** Puts a reply where it belongs. @returns it, or the list that it ends, where nothing is around it */
  private close(reply: Reply): Reply | undefined {
    let whole = reply;
    for (let list = this.open.at(-1); list; list = this.open.at(-1)) {
      list.items.push(whole);
      list.left -= 1;
      if (list.left > 0) return undefined;
      whole = list.items;
      this.open.pop();
    }
    return whole;
  }
}

function notRedis(): Error {
  return new Error('something that is no answer of a Redis');
}
