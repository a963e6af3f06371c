/**
 * Words that only have commands below them.
 *
 * @module
 */

export const groupSummaries: Readonly<Record<string, string>> = {
  config: 'show, compare, migrate and describe configuration files',
  dsl: 'check, compile and format policies in the routing language',
  models: 'list, show, download and check the models the router itself runs',
};
