import { createPublicKey, sign } from 'node:crypto';
import { expect, it } from 'vitest';
import { pem } from '../testing/certificates.ts';
import { FakeUpstream } from '../testing/fake-upstream.ts';
import { GatewayProcess } from '../testing/gateway-process.ts';
import { ask, OPERATOR_TOKEN } from '../testing/operator.ts';
import { TokenEndpoint } from '../testing/token-endpoint.ts';
import { until } from '../testing/until.ts';
import { textOf, WireClient } from '../testing/wire-client.ts';
import { CONNECT_FIELDS, COSMETIC_FIELDS } from './definition.ts';

type Change = Readonly<Record<string, unknown>>;

const signed = (certificate: string): string =>
  sign('sha256', Buffer.from(certificate), pem('signer-ec.key')).toString('base64');
const ca = pem('ca.pem');
const both = ca + pem('other-ca.pem');

const COSMETIC: Change = {
  description: 'new',
  tags: ['new'],
  passthroughHeaders: ['x-new'],
  visibility: 'private',
};

it('sessions end when any of the eleven connect fields changes, and not for a cosmetic one', async () => {
  await using endpoint = await TokenEndpoint.start();
  const tls = { key: pem('server.key'), cert: pem('server.pem'), requestCert: true, ca };
  await using first = await FakeUpstream.start('first', 0, tls);
  await using second = await FakeUpstream.start('second', 0, tls);
  await using plain = await FakeUpstream.start('plain');
  const oauth = { tokenEndpoint: endpoint.url, clientId: 'c', clientSecret: 's' };
  const none = { caCertificate: '', caCertificateSignature: '' };
  const changes: readonly (readonly [string, Change])[] = [
    ['url', { url: second.url }],
    ['authentication type', { authType: 'bearer' }],
    ['authentication value', { authValue: 'v:w' }],
    ['query parameters', { queryParameters: { key: 'new' } }],
    ['OAuth configuration', { authType: 'oauth', authValue: '', oauth }],
    ['OAuth configuration', { oauth: { ...oauth, scope: 'more' } }],
    ['CA certificate', { caCertificate: both, caCertificateSignature: signed(both) }],
    ['CA certificate signature', { caCertificateSignature: signed(both) }],
    ['client certificate', { clientCertificate: pem('client.pem') + ca }],
    ['client key', { clientKey: `${pem('client.key')}\n` }],
    ['url', { url: plain.url, clientCertificate: '', clientKey: '', ...none }],
    ['signing algorithm', { signingAlgorithm: 'rsa-sha256' }],
    // Last: no session can be opened after it.
    ['transport', { transport: 'sse' }],
  ];
  const one = {
    name: 'one',
    url: first.url,
    authType: 'basic',
    authValue: 'u:p',
    caCertificate: ca,
    caCertificateSignature: signed(ca),
    signingAlgorithm: 'ecdsa-sha256',
    clientCertificate: pem('client.pem'),
    clientKey: pem('client.key'),
  };
  await using gateway = await GatewayProcess.configured({
    admin: { port: 0, token: OPERATOR_TOKEN },
    caSigningKey: createPublicKey(pem('signer-ec.key')).export({ type: 'spki', format: 'pem' }),
    allowedUpstreamNetworks: ['127.0.0.0/8'],
    upstreams: [one],
  });
  const deletes = (): number =>
    [first, second, plain].reduce((sum, upstream) => sum + upstream.deletes().length, 0);
  const open = (): Promise<WireClient> => new WireClient(gateway.url).open();

  let client = await open();
  for (const [field, value] of Object.entries(COSMETIC)) {
    const { body } = await ask(gateway, 'PATCH', '/upstreams/one', { [field]: value });
    expect([body['changed'], body['evicted']]).toEqual([[field], false]);
  }
  expect([textOf(await client.call()), deletes()]).toEqual(['first 1', 0]);

  for (const [what, change] of changes) {
    const before = deletes();
    const { text, body } = await ask(gateway, 'PATCH', '/upstreams/one', change);
    expect([what, body['evicted'], [...(body['changed'] as string[])].sort()], text).toEqual([
      what,
      true,
      Object.keys(change).sort(),
    ]);
    expect([what, (await client.call()).status]).toEqual([what, 404]);
    await until(`the DELETE after a change of ${what}`, () => deletes() === before + 1);
    if (what === 'transport') break;
    client = await open();
    expect(textOf(await client.call())).toMatch(/^\w+ 1$/);
  }
  expect(Object.keys(COSMETIC).sort()).toEqual([...COSMETIC_FIELDS].sort());
  const changed = new Set(changes.map(([what]) => what));
  expect(changed).toEqual(new Set(CONNECT_FIELDS.map(({ what }) => what)));
});
