#!/bin/sh
# The rules of the official image's entrypoint that a deploy file can rely on.
set -e

# `command: ["--maxmemory", "1gb"]` and `command: ["/etc/redis.conf"]` mean redis-server's arguments.
case "$1" in
  -* | *.conf) set -- redis-server "$@" ;;
esac

# Started as root: the data folder becomes redis's own, and root is given up.
if [ "$1" = redis-server ] && [ "$(id -u)" = 0 ]; then
  find . \! -user redis -exec chown redis {} +
  exec setpriv --reuid=redis --regid=redis --clear-groups -- "$0" "$@"
fi

if [ "$(umask)" = 0022 ]; then
  umask 0077
fi
exec "$@"
