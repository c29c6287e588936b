import { expect, it } from 'vitest';
import { loadConfig, type Config } from './config.ts';
import { pathOf, pem } from './testing/certificates.ts';

const load = (fields: object, more: object = {}): Config =>
  loadConfig(undefined, {
    upstreams: [{ name: 'one', url: 'https://example.com', ...fields }],
    ...more,
  });

it('PEM text comes out of the file that the configuration names', () => {
  const [upstream] = load({ caCertificate: `file:${pathOf('ca.pem')}` }).upstreams;
  expect(upstream?.caCertificate).toBe(pem('ca.pem'));
});

it.each([
  ['a file that is not there', { clientKey: 'file:/nowhere' }, {}, 'clientKey: cannot be read'],
  [
    'a key of another certificate',
    { clientCertificate: pem('client.pem'), clientKey: pem('other-client.key') },
    {},
    'clientKey: not the unencrypted key',
  ],
  ['a certificate without its key', { clientCertificate: pem('client.pem') }, {}, 'clientKey: '],
  ['something else than PEM', { caCertificate: 'x' }, {}, 'caCertificate: not certificates'],
  [
    'certificates for a connection that has none',
    { url: 'http://example.com', caCertificate: pem('ca.pem') },
    {},
    'caCertificate: it means nothing',
  ],
  [
    'a signature that nothing can verify',
    { caCertificate: pem('ca.pem'), caCertificateSignature: 'AAAA' },
    {},
    'caCertificateSignature: the gateway has no caSigningKey',
  ],
  [
    'a CA certificate without the signature that the gateway demands',
    { caCertificate: pem('ca.pem') },
    { caSigningKey: `file:${pathOf('signer-ec.key')}` },
    'caCertificateSignature: the gateway demands one',
  ],
])('%s is one sentence about its field', (_, fields, more, sentence) => {
  expect(() => load(fields, more)).toThrow(`upstreams[0].${sentence}`);
});

it('a signing key that is none is one sentence', () => {
  expect(() => load({}, { caSigningKey: 'x' })).toThrow('caSigningKey: not a public key');
});
