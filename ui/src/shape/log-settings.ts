// What makes an agent ship logs, as docs/logs.md has it.

/** Where the file may stand; the agent is told by SECUMON_LOGS_FILE. */
export const LOG_SETTINGS_FILE = '/etc/secumon/logs.json'

/** What stands in it: the systemd journal, and files. */
export const LOG_SETTINGS = `{
  "journal": {},
  "files": [{ "name": "nginx", "paths": ["/var/log/nginx/*.log"] }]
}`
