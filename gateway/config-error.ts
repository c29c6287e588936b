/** A mistake of the operator, told in one sentence. */
export class ConfigError extends Error {}
