import { check } from './judgement.ts';
import { opRef } from '../history/join.ts';
import { describe, describeOutcome } from './selectors.ts';

/**
 * Texts by which a gateway admits that it handed out something already closed. "Connection closed"
 * is not among them: on a call that a fault hit it is honest, and on any other call the check for
 * unexposed calls finds it.
 */
export const CLOSED_RESOURCE_TEXTS = [
  'ClosedResourceError',
  'BrokenResourceError',
  'write after end',
  'ERR_STREAM_WRITE_AFTER_END',
  'ERR_STREAM_DESTROYED',
  'ERR_STREAM_PREMATURE_CLOSE',
  'ERR_HTTP_HEADERS_SENT',
  'Cannot call write after a stream was destroyed',
  'use of closed network connection',
  'http: server closed idle connection',
  'session is closed',
  'Session is closed',
  'client has been closed',
  'cancel scope',
  'Not connected',
  'UND_ERR_DESTROYED',
  'UND_ERR_CLOSED',
] as const;

export const noClosedResourceError = check({
  id: 'no-closed-resource-error',
  title: 'Nobody is handed something that is already closed',
  requirements: ['ISO-16'],
  judges: 'protocol',
  examine: ({ operations }) => ({
    examined: operations.length,
    breaches: operations.flatMap((operation) => {
      const { outcome } = operation;
      // Where no answer came, the message is our own client's, and only the excerpt is the target's.
      const isOurs = outcome?.kind === 'transport-error' || outcome?.kind === 'timeout';
      const text = `${isOurs ? '' : (outcome?.message ?? '')} ${outcome?.excerpt ?? ''}`;
      const admitted = CLOSED_RESOURCE_TEXTS.find((phrase) => text.includes(phrase));
      if (outcome?.type === 'ok' || admitted === undefined) return [];
      return [
        {
          message: `${describe(operation)} was told "${admitted}": ${describeOutcome(operation)}`,
          evidence: [opRef(operation)],
        },
      ];
    }),
  }),
});
