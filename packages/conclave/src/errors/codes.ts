/**
 * Every error a person can meet when starting or administering Conclave: a stable code, its cause and its remedy.
 * The handbook's page (docs/handbook/errors.md) is written from this table, and a test keeps the two alike.
 */
export const errorCodes = {
  'CONF-001': {
    title: 'The configuration file cannot be read',
    cause: 'CONCLAVE_CONFIG (or --config) names a file that does not exist or that this user may not read.',
    remedy: 'Correct the path, or leave it unset: without a file every setting has a default.',
  },
  'CONF-002': {
    title: 'The configuration file is not valid YAML',
    cause:
      'The file breaks a rule of YAML at the line named; a wrong indentation or a missing colon is usual.',
    remedy: 'Correct that line. Indent with spaces, never with tabs.',
  },
  'CONF-003': {
    title: 'Unknown key',
    cause:
      'The configuration file has a key that Conclave does not know: a typing error, or a key of another version.',
    remedy: 'Use the key suggested, or look it up in the configuration reference, or remove the line.',
  },
  'CONF-004': {
    title: 'Wrong value in the configuration file',
    cause: 'The key is known, but its value has the wrong type or is out of range.',
    remedy: 'Correct the value at the line named; the configuration reference says what the key accepts.',
  },
  'CONF-005': {
    title: 'Wrong value in an environment variable',
    cause: 'The variable is known, but its value has the wrong type or is out of range.',
    remedy:
      'Correct the variable, or unset it so that the file or the default counts. An empty variable counts as unset.',
  },
  'CONF-006': {
    title: 'Settings that do not go together',
    cause: 'Each value is right by itself, but together they cannot work; the message names both keys.',
    remedy: 'Change one of the keys named. `conclave config` shows where each value comes from.',
  },
  'CONF-007': {
    title: 'A module of the XMPP server cannot be had',
    cause:
      '`xmpp.modules` names a host, a module or an option that does not exist, or a file or package that cannot be loaded or is no module.',
    remedy:
      'Correct the place named, or remove it. The modules of each host and their options stand in the handbook, on the page about modules.',
  },
  'DATA-001': {
    title: 'The data directory cannot be used',
    cause: 'It cannot be created, or this user may not write in it.',
    remedy:
      'Let it belong to the user that runs Conclave, or set `data` (CONCLAVE_DATA) to a directory that does.',
  },
  'DATA-002': {
    title: 'A generated secret cannot be used',
    cause: 'A file below `secrets` in the data directory is empty, damaged or unreadable.',
    remedy: 'Stop all services, delete the file named, and start again: it is made anew.',
  },
  'DATA-003': {
    title: 'The data directory is in use',
    cause: 'Another running instance answers on the administration socket in this data directory.',
    remedy: 'Stop the other instance, or give this one its own `data` (CONCLAVE_DATA) and its own ports.',
  },
  'DATA-004': {
    title: 'The path of the administration socket is too long',
    cause: 'Unix sockets have paths of at most 107 bytes; the data directory lies too deep.',
    remedy:
      'Set `admin.socket` (CONCLAVE_ADMIN_SOCKET) to a short path, for the service and for conclavectl alike.',
  },
  'DATA-005': {
    title: 'The database cannot be used',
    cause:
      'The PostgreSQL server cannot be reached or refuses the login, the file is no SQLite database, or a newer release of Conclave has changed it; the message says which.',
    remedy:
      'Correct `storage.url` (CONCLAVE_STORAGE_URL), start the database, or use the release that the database belongs to.',
  },
  'TLS-001': {
    title: 'The certificate or its key cannot be read',
    cause: '`tls.certificate` or `tls.key` names a file that does not exist or that this user may not read.',
    remedy:
      'Correct the path or the permissions. Without both keys Conclave makes a self-signed certificate.',
  },
  'TLS-002': {
    title: 'The certificate and the key do not belong together',
    cause: 'A file is not PEM, or the key is not the one that the certificate was made for.',
    remedy: 'Point `tls.certificate` to the full chain (own certificate first) and `tls.key` to its key.',
  },
  'TLS-003': {
    title: 'The certificate has expired',
    cause: 'The last day of validity of the certificate in `tls.certificate` has passed.',
    remedy: 'Renew it, and run `conclavectl reload` (or start the XMPP server).',
  },
  'TLS-004': {
    title: 'The certificate authorities of clients cannot be used',
    cause:
      '`tls.clientAuthorities` names a file that cannot be read, or in which something is no certificate.',
    remedy:
      'Correct the path, or put the PEM certificates of the authorities, one after another, into the file.',
  },
  'NET-001': {
    title: 'A port is taken',
    cause: 'Another program, perhaps another instance of Conclave, listens on the port named.',
    remedy: 'Stop that program (`ss -lntup` shows it), or change the key named in the message.',
  },
  'NET-002': {
    title: 'An address does not belong to this machine',
    cause: 'A service is told to listen on an address that no network interface has.',
    remedy: 'Use `any` or an address that `ip address` shows.',
  },
  'NET-003': {
    title: 'A port may not be opened',
    cause: 'Ports below 1024 need a privilege that this user does not have.',
    remedy: 'Use a higher port behind a reverse proxy, or grant CAP_NET_BIND_SERVICE.',
  },
  'WEB-001': {
    title: 'The web page is not built',
    cause: 'packages/web/dist has no index.html.',
    remedy: 'Run `npm run build` (or `npm start`, which does it).',
  },
  'WEB-002': {
    title: 'The page is not reached by https',
    cause:
      'A warning: browsers give camera and microphone to pages of https origins only (and to localhost).',
    remedy:
      'Put a reverse proxy with a certificate in front, and set `publicUrl` (CONCLAVE_PUBLIC_URL) to its https origin.',
  },
  'MEDIA-001': {
    title: 'Browsers are told only addresses that cannot be reached from outside',
    cause:
      'A warning: all addresses of the media port are private ones. People in other networks will hear and see nobody.',
    remedy:
      'Set `media.advertisedAddresses` (CONCLAVE_ADVERTISED_ADDRESSES) to the public address, and forward the UDP port of `media.port`. In a private network without outsiders nothing is to be done.',
  },
  'RUN-001': {
    title: 'A service could not start',
    cause:
      'A service ended its start with an error that has no code of its own; the log line holds the cause.',
    remedy: 'If the cause does not explain itself, report it with the log line: it is a bug.',
  },
  'RUN-002': {
    title: 'A service did not become ready in time',
    cause: 'The focus or the videobridge could not log in to the XMPP server within the time allowed.',
    remedy:
      'Look for the reason in the log: `xmpp.host` and the port must lead to the XMPP server, and all services must share `secrets`.',
  },
  'CTL-001': {
    title: 'The XMPP server is not running',
    cause:
      'Nobody answers on the administration socket: the service is down, or it uses another data directory.',
    remedy: 'Start it, or tell conclavectl the same CONCLAVE_CONFIG or CONCLAVE_DATA as the service has.',
  },
  'CTL-002': {
    title: 'No permission for the administration socket',
    cause: 'Only the user that runs the service may administer it.',
    remedy: 'Run conclavectl as that user, for example with `sudo -u`.',
  },
} as const satisfies Record<string, { title: string; cause: string; remedy: string }>;

export type ErrorCode = keyof typeof errorCodes;
