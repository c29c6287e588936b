import { createPublicKey, sign } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { pathOf, pem } from '../testing/certificates.ts';
import { FakeUpstream } from '../testing/fake-upstream.ts';
import { GatewayProcess } from '../testing/gateway-process.ts';
import { ask, OPERATOR_TOKEN } from '../testing/operator.ts';
import { TokenEndpoint } from '../testing/token-endpoint.ts';
import { until } from '../testing/until.ts';
import { reasonOf, textOf, WireClient } from '../testing/wire-client.ts';

const admin = { port: 0, token: OPERATOR_TOKEN };
const tls = { key: pem('server.key'), cert: pem('server.pem') };
const ca = pem('ca.pem');
const signatureBy = (signer: string, digest: string | null): string =>
  sign(digest, Buffer.from(ca), pem(signer)).toString('base64');
const publicKeyOf = (signer: string): string =>
  createPublicKey(pem(signer)).export({ type: 'spki', format: 'pem' }).toString();

const open = (gateway: GatewayProcess): Promise<WireClient> => new WireClient(gateway.url).open();

describe('every request of a session', () => {
  it.each([
    [{ authType: 'bearer', authValue: 'b' }, 'authorization', 'Bearer b'],
    [{ authType: 'basic', authValue: 'u:p' }, 'authorization', 'Basic dTpw'],
    [{ authType: 'header', authValue: 'X-Key: k' }, 'x-key', 'k'],
    [{ headers: { 'x-more': 'm' } }, 'x-more', 'm'],
  ])('carries what %j says', async (auth, header, value) => {
    await using upstream = await FakeUpstream.start();
    const queryParameters = { key: 'in the query' };
    await using gateway = await GatewayProcess.configured({
      upstreams: [{ name: 'one', url: upstream.url, ...auth, queryParameters }],
    });
    const client = await open(gateway);
    const stream = await client.stream();
    expect(textOf(await client.call())).toBe('fake 1');
    await until('the GET', () => upstream.received.some(({ http }) => http === 'GET'));
    await client.start('DELETE').reply;
    await until('the DELETE', () => upstream.deletes().length === 1);
    stream.close();
    const methods = upstream.received.map(({ http, method }) => method ?? http);
    expect(methods.sort()).toEqual([
      'DELETE',
      'GET',
      'initialize',
      'notifications/initialized',
      'tools/call',
    ]);
    expect(new Set(upstream.received.map(({ headers }) => headers[header]))).toEqual(
      new Set([value]),
    );
    expect(new Set(upstream.received.map(({ url }) => url))).toEqual(
      new Set(['/mcp?key=in+the+query']),
    );
  });
});

describe('TLS', () => {
  const outcomeWith = async (fields: object, server: object = {}): Promise<string> => {
    await using upstream = await FakeUpstream.start('safe', 0, { ...tls, ...server });
    const one = { name: 'one', url: upstream.url, ...fields };
    await using gateway = await GatewayProcess.configured({ upstreams: [one] });
    const client = new WireClient(gateway.url);
    const answer = await client.initialize();
    if (client.id === undefined) return `${String(reasonOf(answer))}: ${textOf(answer)}`;
    const named = upstream.received[0]?.certified;
    return `${textOf(await client.call())}${named === undefined ? '' : ` for ${named}`}`;
  };
  const mutual = { requestCert: true, rejectUnauthorized: true, ca };
  const client = { clientCertificate: pem('client.pem'), clientKey: pem('client.key') };

  it('reaches an upstream whose certificate the CA certificate vouches for', async () => {
    expect(await outcomeWith({ caCertificate: ca })).toBe('safe 1');
  });

  it.each([
    ['without the CA certificate', {}],
    ["with somebody else's", { caCertificate: pem('other-ca.pem') }],
  ])('does not trust it %s, and says so', async (_, fields) => {
    expect(await outcomeWith(fields)).toBe(
      'unreachable: Upstream "one": its certificate is not trusted; the request was not carried out',
    );
  });

  it('shows the client certificate, here out of files', async () => {
    const files = {
      caCertificate: `file:${pathOf('ca.pem')}`,
      clientCertificate: `file:${pathOf('client.pem')}`,
      clientKey: `file:${pathOf('client.key')}`,
    };
    expect(await outcomeWith(files, mutual)).toBe('safe 1 for gateway test client');
  });

  it('fails where a client certificate is demanded and there is none', async () => {
    expect(await outcomeWith({ caCertificate: ca, ...client }, mutual)).toContain('safe 1');
    expect(
      await outcomeWith({ caCertificate: ca }, { ...mutual, maxVersion: 'TLSv1.2' }),
    ).toContain('Upstream "one": it does not accept the client certificate, or wants one; ');
  });
});

describe('the signature of a CA certificate', () => {
  const caSigningKey = publicKeyOf('signer-ed25519.key');
  const good = signatureBy('signer-ed25519.key', null);

  it('lets an upstream in when the key of the operator made it, and not otherwise', async () => {
    await using upstream = await FakeUpstream.start('safe', 0, tls);
    const one = { name: 'one', url: upstream.url, caCertificate: ca, caCertificateSignature: good };
    await using gateway = await GatewayProcess.configured({
      admin,
      caSigningKey,
      upstreams: [one],
    });
    expect(textOf(await (await open(gateway)).call())).toBe('safe 1');
    const wrong: readonly [object, string][] = [
      [{ caCertificateSignature: '' }, 'caCertificateSignature: the gateway demands one'],
      [
        { caCertificate: pem('other-ca.pem') },
        'caCertificateSignature: not a signature of this caCertificate',
      ],
      [
        { caCertificateSignature: signatureBy('signer-ec.key', 'sha256') },
        'caCertificateSignature: not a signature of this caCertificate',
      ],
      [
        { signingAlgorithm: 'rsa-sha256' },
        'signingAlgorithm: not the algorithm of the caSigningKey',
      ],
    ];
    for (const [change, error] of wrong) {
      const reply = await ask(gateway, 'PATCH', '/upstreams/one', change);
      expect([reply.status, reply.body['error']]).toEqual([400, error]);
    }
    expect(textOf(await (await open(gateway)).call())).toBe('safe 1');
  });
});

describe('OAuth', () => {
  const grant = { clientId: 'id', clientSecret: 's:1', scope: 'a b', audience: 'them' };
  const start = async (more: object = {}) => {
    const endpoint = await TokenEndpoint.start();
    const upstream = await FakeUpstream.start();
    const oauth = { tokenEndpoint: endpoint.url, ...grant, ...more };
    const one = { name: 'one', url: upstream.url, authType: 'oauth', oauth };
    const gateway = await GatewayProcess.configured({ admin, upstreams: [one] });
    const all = [gateway, upstream, endpoint];
    const end = async (): Promise<void> => {
      for (const each of all) await each[Symbol.asyncDispose]();
    };
    return { endpoint, upstream, gateway, [Symbol.asyncDispose]: end };
  };
  const tokensOf = (upstream: FakeUpstream): readonly unknown[] =>
    upstream.received.map(({ headers }) => headers.authorization);
  const challenge = (response: ServerResponse): boolean => {
    response.writeHead(401, { 'www-authenticate': 'Bearer error="invalid_token"' }).end();
    return true;
  };

  it('asks for one token however many sessions open at once, and keeps it', async () => {
    await using system = await start();
    const { endpoint, gateway, upstream } = system;
    const clients = await Promise.all(Array.from({ length: 8 }, () => open(gateway)));
    for (const client of clients) expect(textOf(await client.call())).toBe('fake 1');
    expect(endpoint.requests).toEqual([
      {
        authorization: `Basic ${Buffer.from('id:s%3A1').toString('base64')}`,
        form: { grant_type: 'client_credentials', scope: 'a b', audience: 'them' },
      },
    ]);
    expect(new Set(tokensOf(upstream))).toEqual(new Set(['Bearer t1']));
  });

  it('can have the secret in the form', async () => {
    await using system = await start({ clientAuthentication: 'post' });
    const { endpoint, gateway } = system;
    await open(gateway);
    const form = expect.objectContaining({ client_id: 'id', client_secret: 's:1' });
    expect(endpoint.requests).toEqual([{ authorization: undefined, form }]);
  });

  it('sends a call that was refused with a challenge once more, with a new token', async () => {
    await using system = await start();
    const { endpoint, gateway, upstream } = system;
    const client = await open(gateway);
    const refused: ServerResponse[] = [];
    upstream.intercept = ({ headers }, response) => {
      if (headers.authorization !== 'Bearer t1') return false;
      if (refused.push(response) === 3) refused.forEach(challenge);
      return true;
    };
    const calls = [client.call(), client.call(), client.call()];
    const texts = (await Promise.all(calls)).map(textOf).sort();
    expect(texts).toEqual(['fake 1', 'fake 2', 'fake 3']);
    expect(upstream.of('tools/call')).toHaveLength(6);
    expect(endpoint.requests).toHaveLength(2);
  });

  it('sends nothing a second time that was cancelled while the new token was awaited', async () => {
    await using system = await start();
    const { endpoint, gateway, upstream } = system;
    const client = await open(gateway);
    upstream.intercept = ({ headers }, response) =>
      headers.authorization === 'Bearer t1' && challenge(response);
    const usual = endpoint.answer;
    let give = (): void => {};
    endpoint.answer = (response, count) => (give = () => usual(response, count));
    const pending = client.start('POST', client.callBody('x')).reply;
    await until('the token to be asked for', () => endpoint.requests.length === 2);
    await client.cancel('x');
    expect((await pending).messages).toEqual([]);
    give();
    expect(textOf(await client.call())).toBe('fake 1');
    expect(upstream.of('tools/call').filter(({ id }) => id === 'x')).toHaveLength(1);
  });

  it('sends nothing a second time after a 401 without a challenge, or a second one', async () => {
    await using system = await start();
    const { endpoint, gateway, upstream } = system;
    const client = await open(gateway);
    const refusal = 'Upstream "one": it answered HTTP 401; the request was not carried out';
    upstream.intercept = (_, response) => {
      response.writeHead(401).end();
      return true;
    };
    expect(textOf(await client.call())).toBe(refusal);
    expect([upstream.of('tools/call').length, endpoint.requests.length]).toEqual([1, 1]);
    upstream.intercept = (_, response) => challenge(response);
    expect(textOf(await client.call())).toBe(refusal);
    expect([upstream.of('tools/call').length, endpoint.requests.length]).toEqual([3, 2]);
    for (let n = 0; n < 3; n += 1) expect(textOf(await client.call())).toBe(refusal);
    expect(endpoint.requests.length).toBe(2);
  });

  it('is one error that names no secret when the token endpoint fails', async () => {
    await using system = await start();
    const { endpoint, gateway, upstream } = system;
    endpoint.answer = (response) => {
      response.writeHead(401).end('{"error":"invalid_client","error_description":"canary"}');
    };
    const answers = [];
    for (let n = 0; n < 3; n += 1) answers.push(await new WireClient(gateway.url).initialize());
    for (const answer of answers) {
      expect(textOf(answer)).toBe(
        'Upstream "one": the gateway got no access token for it; the request was not carried out',
      );
    }
    // Nobody floods an endpoint that is in trouble.
    expect(endpoint.requests).toHaveLength(1);
    await until('the reason', () => gateway.log.includes('it answered HTTP 401, invalid_client'));
    expect(gateway.log).not.toContain('canary');
    expect(upstream.received).toEqual([]);
  });
});
