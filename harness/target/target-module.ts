/**
 * The module beside a target file, for gateways that must be installed, or that take their
 * upstreams through an API of their own. Its default export is a `TargetModule`; every part is optional.
 */

import type { TargetAdmin, TargetSettings, UpstreamAddress } from './target.ts';

export interface PrepareContext {
  readonly name: string;
  readonly version: string;
  /** The folder of the target's file, where what its module reads lies beside it. */
  readonly folder: string;
  /** A folder for what it installs, kept between runs; it may not exist yet. */
  readonly cacheDir: string;
  /** The file's own. */
  readonly variables: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** One line for people who wait. */
  progress(line: string): void;
}

/** What is known before an instance starts. */
export interface EnvironmentContext {
  readonly name: string;
  readonly version: string;
  readonly settings: TargetSettings;
  /** The built-in variables ($PORT …), the file's, and those that `prepare` returned. */
  readonly variables: Readonly<Record<string, string>>;
  /** A folder of this instance alone, removed with it. */
  readonly instanceDir: string;
}

export interface Environment {
  readonly variables?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
}

/** What is known once it accepts connections. */
export interface ProvisionContext {
  readonly endpoint: URL;
  readonly upstreams: readonly UpstreamAddress[];
  readonly variables: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  log(line: string): void;
}

export interface Provisioned {
  readonly endpoint?: URL;
  headersOf?(user: string | undefined): Readonly<Record<string, string>>;
}

export interface TargetModule {
  /** Called once for all instances. @returns variables that they share. */
  prepare?(context: PrepareContext): Promise<Readonly<Record<string, string>>>;
  environment?(context: EnvironmentContext): Environment | Promise<Environment>;
  /** Registers the upstreams and users. Throwing means that the target is not ready. */
  provision?(context: ProvisionContext): Promise<Provisioned>;
  /** Called once after `provision`. */
  admin?(context: ProvisionContext): TargetAdmin;
}
