/**
 * `completion`: prints a completion script, made from the command table.
 *
 * @module
 */
import { defineCommand } from './command.js';

/** Kept here, because help must not load the generators; a test compares them. */
const shellNames = ['bash', 'zsh', 'fish', 'powershell'] as const;

export const completion = defineCommand({
  path: ['completion'],
  describe: 'print a script that lets your shell complete commands and options',
  examples: [
    'eval "$(vllm-sr completion)"          in ~/.bashrc or ~/.zshrc',
    'vllm-sr completion fish > ~/.config/fish/completions/vllm-sr.fish',
    'vllm-sr completion powershell | Out-String | Invoke-Expression',
  ],
  arguments: [
    { name: 'shell', describe: 'found by $SHELL if left out', required: false, choices: shellNames },
  ],
  options: {},
  async run({ args }, context) {
    const [{ completionScript, shellOf, shells }, { grammarOf }, { VsrError }] = await Promise.all([
      import('./support/completion/shells.js'),
      import('./support/completion/grammar.js'),
      import('../runtime/errors.js'),
    ]);
    const [named] = args;
    const shell = named === undefined ? shellOf(context.env.SHELL) : shells.find((known) => known === named);
    if (shell === undefined) {
      throw new VsrError('VSR_USAGE', '$SHELL names no shell that completion is made for.', {
        hint: `Name one of ${shells.join(', ')}.`,
      });
    }
    // Not at the top: the table imports this file.
    const { commands } = await import('./index.js');
    const { groupSummaries } = await import('./groups.js');
    context.stdout.write(completionScript(shell, grammarOf(commands, groupSummaries)));
    return 0;
  },
});
