/**
 * Words that only have commands below them.
 *
 * @module
 */

export const groupSummaries: Readonly<Record<string, string>> = {
  config: 'show, compare, migrate and describe configuration files',
  dsl: 'policies in the routing language: check, compile, format',
  models: 'the models the router itself runs',
};
