/**
 * The certificates of a connection to an upstream: whom the gateway trusts there, who vouches for
 * that (a signature that the operator's key made), and as whom it shows itself. All PEM text.
 */

import { createPrivateKey, verify, X509Certificate, type KeyObject } from 'node:crypto';
import { createSecureContext, type SecureContext } from 'node:tls';

export const SIGNING_ALGORITHMS = ['ed25519', 'ecdsa-sha256', 'rsa-sha256'] as const;

/** The key that each of them needs, so that none is ever used with the key of another. */
const KINDS = {
  ed25519: { key: 'ed25519', digest: null },
  'ecdsa-sha256': { key: 'ec', digest: 'sha256' },
  'rsa-sha256': { key: 'rsa', digest: 'sha256' },
} as const;

/** As in an upstream's definition; "" for none. */
export interface Certificates {
  readonly url: string;
  readonly caCertificate: string;
  readonly caCertificateSignature: string;
  readonly signingAlgorithm: (typeof SIGNING_ALGORITHMS)[number];
  readonly clientCertificate: string;
  readonly clientKey: string;
}

/** What is wrong with a field of a definition, in words without its value. */
export interface FieldProblem {
  readonly field: string;
  readonly message: string;
}

/** What is wrong with them by themselves, whoever signed them. */
export function* certificateProblems(given: Certificates): Generator<FieldProblem> {
  const { caCertificate, caCertificateSignature, clientCertificate, clientKey } = given;
  if (caCertificateSignature !== '' && caCertificate === '') {
    yield { field: 'caCertificateSignature', message: 'there is no caCertificate that it signs' };
  }
  if ((clientCertificate === '') !== (clientKey === '')) {
    const field = clientKey === '' ? 'clientKey' : 'clientCertificate';
    yield { field, message: 'a client certificate and its key go together' };
    return;
  }
  const used = caCertificate !== '' ? 'caCertificate' : 'clientCertificate';
  if (given[used] === '') return;
  if (!given.url.startsWith('https:')) {
    yield { field: used, message: 'it means nothing without an https URL' };
  } else if (caCertificate !== '' && !isBundle(caCertificate)) {
    yield { field: 'caCertificate', message: 'not certificates in PEM' };
  } else if (clientCertificate !== '' && !isBundle(clientCertificate)) {
    yield { field: 'clientCertificate', message: 'not certificates in PEM' };
  } else if (clientKey !== '' && !isKeyOf(clientCertificate, clientKey)) {
    yield { field: 'clientKey', message: 'not the unencrypted key of clientCertificate in PEM' };
  } else if (!isUsable(given)) {
    yield { field: used, message: 'OpenSSL does not take it' };
  }
}

/**
 * Whether the key that the operator gave the gateway signed the CA certificate. With such a key every
 * CA certificate needs a signature, without one none can be checked; neither is passed over.
 */
export function signatureProblem(
  given: Certificates,
  key: KeyObject | undefined,
): FieldProblem | undefined {
  const field = 'caCertificateSignature';
  const { caCertificate, caCertificateSignature, signingAlgorithm } = given;
  if (caCertificate === '') return undefined;
  if (key === undefined) {
    if (caCertificateSignature === '') return undefined;
    return { field, message: 'the gateway has no caSigningKey to verify it with' };
  }
  if (caCertificateSignature === '') return { field, message: 'the gateway demands one' };
  const kind = KINDS[signingAlgorithm];
  if (key.asymmetricKeyType !== kind.key) {
    return { field: 'signingAlgorithm', message: 'not the algorithm of the caSigningKey' };
  }
  const signature = Buffer.from(caCertificateSignature, 'base64');
  const isValid = verify(kind.digest, Buffer.from(caCertificate), key, signature);
  return isValid ? undefined : { field, message: 'not a signature of this caCertificate' };
}

/** What TLS needs to know of them, made once for all connections. */
export function secureContextOf(given: Certificates): SecureContext {
  const { caCertificate, clientCertificate, clientKey } = given;
  return createSecureContext({
    ...(caCertificate !== '' && { ca: caCertificate }),
    ...(clientCertificate !== '' && { cert: clientCertificate, key: clientKey }),
  });
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

function isBundle(pem: string): boolean {
  const certificates = pem.match(CERTIFICATE) ?? [];
  return (
    certificates.length > 0 && certificates.every((one) => isGood(() => new X509Certificate(one)))
  );
}

function isKeyOf(certificate: string, key: string): boolean {
  return isGood(() => {
    if (!new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key))) throw new Error();
  });
}

function isUsable(given: Certificates): boolean {
  return isGood(() => secureContextOf(given));
}

function isGood(attempt: () => unknown): boolean {
  try {
    attempt();
    return true;
  } catch {
    return false;
  }
}
