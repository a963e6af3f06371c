/**
 * Prompts for a signal that finds requests for a step-by-step answer.
 *
 * @module
 */

/** Such requests. */
export const patient = [
  'Explain every step of the derivation',
  'Show me each step and why',
  'Reason thoroughly before you answer',
  'Walk me through it step by step',
  'Please justify each step in detail',
  'Explain the reasoning behind every step',
  'Explain thoroughly, leave out no step',
  'Show all steps of your reasoning',
  'Explain each step slowly',
  'Reason carefully through every step',
];

/** Requests that are none. */
export const others = [
  'What is the capital of France?',
  'Write a haiku about rain',
  'Translate hello into Spanish',
  'Who won the match yesterday?',
  'Name three fruits',
  'Fix this SQL query',
  'Is it going to rain?',
  'Thanks, that helps',
  'Convert 5 miles to kilometres',
  'What is your name?',
];
