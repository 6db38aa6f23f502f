/** A self-signed certificate for a server that nobody verifies. */
import { execFileSync } from 'node:child_process';

/** Key and certificate, in one PEM text. */
export function selfSigned(name: string): { readonly key: string; readonly cert: string } {
  const request = `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout - -out - -subj /CN=${name}`;
  const pem = execFileSync('openssl', request.split(' '), {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return { key: pem, cert: pem };
}
