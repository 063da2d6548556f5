// The settings that make an agent ship logs, as docs/logs.md has them.

/** Goes into the agent's settings file. */
export const LOG_SETTINGS = `logs:
  journal: true
  files:
    - source: nginx
      path: /var/log/nginx/*.log`
