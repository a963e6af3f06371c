/**
 * Words that only have commands below them.
 *
 * @module
 */

export const groupSummaries: Readonly<Record<string, string>> = {
  config: 'show, migrate and describe configuration files',
  models: 'the models the router itself runs',
};
