import { UsageError } from '../errors.ts';

/** @throws {UsageError} for what is no http or https URL. */
export function parseEndpoint(text: string): URL {
  if (!URL.canParse(text)) throw new UsageError(`the endpoint "${text}" is no URL`);
  const url = new URL(text);
  if (url.protocol === 'http:' || url.protocol === 'https:') return url;
  throw new UsageError(`the endpoint "${text}" is neither http nor https`);
}
