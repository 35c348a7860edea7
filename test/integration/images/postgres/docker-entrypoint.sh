#!/bin/bash
# The rules of the official image's entrypoint that a deploy file can rely on.
set -eo pipefail

# secret NAME: NAME, or the contents of the file that NAME_FILE names; both at once is a mistake.
secret() {
  local name=$1 file="$1_FILE" value=${2:-}
  if [ -n "${!name:-}" ] && [ -n "${!file:-}" ]; then
    echo "both $name and $file are set" >&2
    exit 1
  fi
  if [ -n "${!name:-}" ]; then
    value=${!name}
  elif [ -n "${!file:-}" ]; then
    value=$(<"${!file}")
  fi
  export "$name=$value"
  unset "$file"
}

# create_cluster postgres ARGUMENT…
create_cluster() {
  if [ -z "$POSTGRES_PASSWORD" ] && [ "${POSTGRES_HOST_AUTH_METHOD:-}" != trust ]; then
    echo 'database is uninitialized and neither POSTGRES_PASSWORD nor POSTGRES_PASSWORD_FILE is set' >&2
    exit 1
  fi
  initdb --username="$POSTGRES_USER" --pwfile=<(printf '%s\n' "$POSTGRES_PASSWORD") \
    --auth-local=trust --auth-host=trust
  printf '\nhost all all all %s\n' "${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256}" >> "$PGDATA/pg_hba.conf"

  # The server of the init phase has the same settings, but answers on its socket only: a health check over TCP must
  # not see it.
  pg_ctl -w -o "$(printf '%q ' "${@:2}" -c listen_addresses= -p 5432)" start
  if [ "$POSTGRES_DB" != postgres ]; then
    createdb --username="$POSTGRES_USER" --maintenance-db=postgres "$POSTGRES_DB"
  fi
  # Executable scripts are run, others are read, as the official image does.
  local script
  for script in /docker-entrypoint-initdb.d/*.sh; do
    if [ -x "$script" ]; then "$script"; elif [ -e "$script" ]; then . "$script"; fi
  done
  pg_ctl -w -m fast stop
}

# `command: ["-c", "shared_buffers=1GB"]` means postgres's arguments.
case "$1" in
  -*) set -- postgres "$@" ;;
esac

if [ "$1" = postgres ]; then
  mkdir -p "$PGDATA"
  chmod 0700 "$PGDATA" || :
  # Started as root: the data folder becomes postgres's own, and root is given up.
  if [ "$(id -u)" = 0 ]; then
    find "$PGDATA" \! -user postgres -exec chown postgres {} +
    exec setpriv --reuid=postgres --regid=postgres --init-groups -- "${BASH_SOURCE[0]}" "$@"
  fi
  secret POSTGRES_PASSWORD
  secret POSTGRES_USER postgres
  secret POSTGRES_DB "$POSTGRES_USER"
  if [ ! -s "$PGDATA/PG_VERSION" ]; then
    create_cluster "$@"
  fi
  unset POSTGRES_PASSWORD
fi
exec "$@"
