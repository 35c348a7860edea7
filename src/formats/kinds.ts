/** The closed list of formats that configuration files of programs have. */

export type FileFormat = KeyValueFormat | BlocksFormat | YamlFormat | XmlFormat;

/** A value a line: PostgreSQL, Redis, my.cnf, server.properties, PHP-FPM, PgBouncer. */
export interface KeyValueFormat {
  as: 'keyvalue';
  /** One line: `{key} = '{value}'`. */
  line: string;
  comment: '#' | ';';
  /** `mysqld` for values below `[mysqld]`. */
  section?: string;
  /** Lines that it begins with. */
  begin: readonly string[];
  /** Whether a reader takes `-` and `_` in a key for the same. */
  dashes: 'alike' | 'differ';
}

/** Blocks in braces (nginx), or sections whose lines are indented (HAProxy). A key is a path: `events.worker_connections`. */
export interface BlocksFormat {
  as: 'blocks';
  style: 'nginx' | 'haproxy';
}

/** A key is a path, whose numbers are places in a list: `resource_monitors.0.name`. */
export interface YamlFormat {
  as: 'yaml';
}

/** Written only. A key is a path below the root. */
export interface XmlFormat {
  as: 'xml';
  root: string;
}

/** A value of a file, with the reason for its comment. */
export interface Entry {
  key: string;
  text: string;
  reason: string;
}

/** What a file says of a key, and in which line, from 1. */
export interface Found {
  text: string;
  line: number;
}
