/** Values for the secrets of the built-in stack: those that belong together agree, and a shell has much to spoil. */
export const POSTGRES_PASSWORD = 'integration-postgres';
export const APPLICATION_PASSWORD = "it's the application";
export const REDIS_PASSWORD = 'integration-redis';

/** What the API gets. */
export const API_SECRETS = {
  DATABASE_URL: `postgresql://spatialvortex:${encodeURIComponent(APPLICATION_PASSWORD)}@postgres:5432/spatialvortex`,
  REDIS_URL: `redis://:${REDIS_PASSWORD}@redis:6379/0`,
  GROK_API_KEY: `integration $(id) "quoted" 'twice' \\n * $HOME`,
  SPATIALVORTEX_LAKE_ENCRYPTION_KEY: '0123456789abcdef',
};

export const SECRETS: Readonly<Record<string, string>> = {
  ...API_SECRETS,
  POSTGRES_PASSWORD,
  APPLICATION_PASSWORD,
  EXPORTER_PASSWORD: 'integration-exporter',
  REDIS_PASSWORD,
};
