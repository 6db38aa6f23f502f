/** Logins that OpenLDAP's own server judges: in the clear, over TLS, with names that try to be more, and when it is away. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeAuthority, type Authority } from '../testing/authority.js';
import { RawWebSocket } from '../testing/raw-websocket.js';
import { admin, startSlapd, suffix, whyNoSlapd, type TestSlapd } from '../testing/slapd.js';
import { startTestServer, type TestServer } from '../testing/test-server.js';

const people = `ou=people,${suffix}`;

const person = (uid: string, password: string, more = ''): string =>
  `dn: uid=${uid},${people}\nobjectClass: inetOrgPerson\nuid: ${uid}\ncn: ${uid}\nsn: ${uid}\nuserPassword: ${password}\n${more}\n`;

const ldif = `dn: ${suffix}
objectClass: dcObject
objectClass: organization
o: Example
dc: example

dn: ${people}
objectClass: organizationalUnit
ou: people

${person('ada', 'engine', 'mail: ada@work.example\n')}
${person('jürgen', 'schlüssel')}
${person('star*', 'asterisk')}
${person('brackets(x)', 'round')}
${['a', 'b', 'c'].map((name) => person(`crowd-${name}`, 'many', 'employeeType: crowd\n')).join('\n')}
`;

describe.skipIf(whyNoSlapd !== undefined)(`slapd (${whyNoSlapd ?? 'installed'})`, { timeout: 20_000 }, () => {
  let authority: Authority;
  let slapd: TestSlapd;
  let running: TestServer | undefined;

  beforeAll(async () => {
    authority = await makeAuthority();
    slapd = await startSlapd(await authority.issue('localhost'), ldif);
  });

  afterAll(() => slapd.stop());

  async function logIn(options: object, name: string, password: string): Promise<string> {
    running = await startTestServer({
      authentication: {
        provider: 'ldap',
        ldap: {
          url: slapd.url,
          base: people,
          bindDn: admin.dn,
          bindPassword: admin.password,
          timeout: 2_000,
          ...options,
        },
      },
    });
    try {
      const client = await RawWebSocket.connect(running.webSocketUrl);
      client.open();
      await client.frames(2);
      const message = Buffer.from(`\0${name}\0${password}`).toString('base64');
      client.send(`<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>${message}</auth>`);
      const answer = await client.frame();
      client.cut();
      return /^<failure [^>]*><([a-z-]+)/.exec(answer)?.[1] ?? /^<(\w+)/.exec(answer)?.[1] ?? answer;
    } finally {
      await running.stop();
    }
  }

  it.each([
    ['the password', 'ada', 'engine', 'success'],
    ['a name and a password of other letters', 'jürgen', 'schlüssel', 'success'],
    ['another password', 'ada', 'Engine', 'not-authorized'],
    ['a name that is not there', 'bob', 'engine', 'not-authorized'],
    ['a name that means everybody', '*', 'engine', 'not-authorized'],
    ['a name with a star in it', 'star*', 'asterisk', 'success'],
    ['a name that begins like another', 'ad*', 'engine', 'not-authorized'],
    ['a name with brackets in it', 'brackets(x)', 'round', 'success'],
    ['a name that ends the filter', 'ada)(objectClass=*', 'engine', 'not-authorized'],
    ['a name that adds to the filter', '*)(|(uid=ada', 'engine', 'not-authorized'],
    ['a name with an escape', 'ad\\61', 'engine', 'not-authorized'],
  ])('judges %s', async (_, name, password, outcome) => {
    expect(await logIn({}, name, password)).toBe(outcome);
  });

  it('knows nobody when the filter finds several', async () => {
    const filter = '(|(uid={username})(employeeType={username}))';
    expect(await logIn({ filter }, 'crowd', 'many')).toBe('not-authorized');
    expect(await logIn({ filter }, 'crowd-a', 'many')).toBe('success');
  });

  it('may be reached by StartTLS, and by TLS from the beginning', async () => {
    const ca = authority.pem;
    expect(await logIn({ startTls: true, ca }, 'ada', 'engine')).toBe('success');
    expect(await logIn({ url: slapd.secureUrl, ca }, 'ada', 'engine')).toBe('success');
    expect(await logIn({ url: slapd.secureUrl, ca }, 'ada', 'other')).toBe('not-authorized');
  });

  it('gets no password while its certificate is not trusted, or not its own', async () => {
    expect(await logIn({ startTls: true }, 'ada', 'engine')).toBe('temporary-auth-failure');
    expect(await logIn({ url: slapd.secureUrl }, 'ada', 'engine')).toBe('temporary-auth-failure');
    const url = slapd.secureUrl.replace('localhost', '127.0.0.1');
    expect(await logIn({ url, ca: authority.pem }, 'ada', 'engine')).toBe('temporary-auth-failure');
  });

  it('is not taken to have said no when it cannot be asked', async () => {
    expect(await logIn({ bindPassword: 'wrong' }, 'ada', 'engine')).toBe('temporary-auth-failure');
    expect(await logIn({ bindDn: undefined, bindPassword: undefined }, 'ada', 'engine')).toBe(
      'temporary-auth-failure',
    );
    expect(await logIn({ url: 'ldap://127.0.0.1:1' }, 'ada', 'engine')).toBe('temporary-auth-failure');
    const away = await startSlapd(await authority.issue('localhost'), ldif);
    expect(await logIn({ url: away.url }, 'ada', 'engine')).toBe('success');
    await away.stop();
    expect(await logIn({ url: away.url }, 'ada', 'engine')).toBe('temporary-auth-failure');
  });
});
