# Makes the roles beside the administrator: the API's, which owns its database and is no superuser, and the
# exporter's, which reads statistics. The image's entry point runs it when it initialises an empty data folder,
# and skips it on a volume that has data. There run it once by hand, inside the container:
#   sh /docker-entrypoint-initdb.d/10-roles.sh
# and for a server on the machine itself, with both passwords exported:
#   sudo --preserve-env=APPLICATION_PASSWORD,EXPORTER_PASSWORD -u postgres sh 10-roles.sh
# It may run again; then it sets the passwords anew.
(
  set -eu
  for name in APPLICATION_PASSWORD EXPORTER_PASSWORD; do
    eval "value=\${$name-}"
    [ -n "$value" ] || value=$(cat "/run/secrets/$name")
    export "$name=$value"
  done
  # The statements hold passwords, so they are not logged.
  export PGOPTIONS='-c log_statement=none -c log_min_error_statement=panic'
  psql --no-psqlrc --set ON_ERROR_STOP=1 --username "${POSTGRES_USER:-postgres}" --dbname postgres <<'SQL'
\getenv application APPLICATION_PASSWORD
\getenv exporter EXPORTER_PASSWORD
SELECT 'CREATE ROLE spatialvortex' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'spatialvortex') \gexec
ALTER ROLE spatialvortex LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'application';
SELECT 'CREATE ROLE exporter' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'exporter') \gexec
ALTER ROLE exporter LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'exporter';
GRANT pg_monitor TO exporter;
SELECT 'CREATE DATABASE spatialvortex' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'spatialvortex') \gexec
ALTER DATABASE spatialvortex OWNER TO spatialvortex;
SQL
)
