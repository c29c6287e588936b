import { expect, test } from 'vitest';
import type { Outcome } from './event.ts';
import { tellsLoss } from './loss.ts';

const said = (message: string): Outcome => ({
  type: 'info',
  kind: 'rpc-error',
  status: 200,
  message,
});

test.each([
  'Session not found',
  'Session terminated',
  'Invalid or expired session',
  'Bad Request: No valid session ID provided',
  'unknown session',
  'The upstream no longer knows this session',
  'session closed because the connection was reset',
  'Your session has been lost: connection to upstream reset',
  'Upstream "counter": it no longer knows this session, its state is lost; the request was not carried out',
  'Upstream "counter": its session did not survive being idle, its state is lost; the request was not carried out',
  'Upstream "counter": the session with it was lost; the request was not carried out',
  'upstream counter lost its state',
])('hears "%s"', (message) => {
  expect(tellsLoss(said(message))).toBe(true);
});

test.each([
  '',
  'Upstream "counter": the connection was closed before the answer; the request may have been carried out',
  'connection to the session was reset by peer',
  'connection to session closed',
  "the session's connection to the upstream session was closed",
  "the session's connection was closed",
  'Connection closed',
  'session busy',
  'lost packet. Session fine',
  'the stream of this session ended early',
  'tool not found',
  'stateless mode ended',
])('does not hear it in "%s"', (message) => {
  expect(tellsLoss(said(message))).toBe(false);
});

test('takes 404 for it, whatever it says, and a result never', () => {
  expect(tellsLoss({ type: 'fail', kind: 'http-error', status: 404 })).toBe(true);
  expect(tellsLoss({ type: 'ok', kind: 'result', status: 404, message: 'session lost' })).toBe(
    false,
  );
});

test('hears nothing where nothing was said', () => {
  expect(tellsLoss({ type: 'info', kind: 'rpc-error', status: 200 })).toBe(false);
});

test("takes our own client's words for none", () => {
  const message = 'the session ended before the answer';
  expect(tellsLoss({ type: 'info', kind: 'transport-error', message })).toBe(false);
});
