/**
 * Completion scripts by shell.
 *
 * @module
 */
import type { CompletedNode, CompletedOption } from './grammar.js';

export const shells = ['bash', 'zsh', 'fish', 'powershell'] as const;
export type Shell = (typeof shells)[number];

const program = 'vllm-sr';

/** The script for `shell`, ending with a line break. */
export function completionScript(shell: Shell, nodes: readonly CompletedNode[]): string {
  return { bash, zsh, fish, powershell }[shell](nodes);
}

/** Reads `$SHELL`, e.g. `/usr/bin/zsh`. */
export function shellOf(path: string | undefined): Shell | undefined {
  const name = path
    ?.split(/[\\/]/)
    .at(-1)
    ?.toLowerCase()
    .replace(/\.exe$/, '');
  return name === 'pwsh' ? 'powershell' : shells.find((shell) => shell === name);
}

/** Single-quoted for POSIX shells. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function names({ long, short }: CompletedOption): string[] {
  return short === undefined ? [long] : [short, long];
}

/** Written for bash 3.2 too, which macOS ships. */
function bash(nodes: readonly CompletedNode[]): string {
  const steps = nodes.flatMap(({ path, words }) => words.map(({ word }) => `${path}>${word}`));
  const values = nodes.flatMap(({ path, options }) =>
    options.flatMap((option) => {
      if (option.value === 'none') return [];
      const reply =
        option.value === 'choices'
          ? `COMPREPLY=($(compgen -W ${quoted(option.choices.join(' '))} -- "$cur"))`
          : ':';
      return [
        `    ${names(option)
          .map((name) => quoted(`${path}>${name}`))
          .join('|')}) ${reply}; return ;;`,
      ];
    }),
  );
  const lists = nodes.map(({ path, words, options, choices }) => {
    const list = [...words.map(({ word }) => word), ...choices].join(' ');
    return `    ${quoted(path)}) words=${quoted(list)}; options=${quoted(options.map(({ long }) => long).join(' '))} ;;`;
  });
  return `# bash completion for ${program}
# Load it in every shell: add this line to ~/.bashrc:
#   eval "$(${program} completion bash)"
_vllm_sr() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}" at='' words='' options='' i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$at>\${COMP_WORDS[i]}" in
      ${steps.map(quoted).join('|')}) at="\${at:+$at }\${COMP_WORDS[i]}" ;;
    esac
  done
  case "$at>$prev" in
${values.join('\n')}
  esac
  case "$at" in
${lists.join('\n')}
  esac
  case "$cur" in
    -*) COMPREPLY=($(compgen -W "$options" -- "$cur")) ;;
    *) COMPREPLY=($(compgen -W "$words" -- "$cur")) ;;
  esac
}
complete -o default -F _vllm_sr ${program}
`;
}

/** For `_describe` and `_arguments`: colons and brackets separate there. */
function zshText(text: string): string {
  return text.replace(/[[\]:\\]/g, '\\$&');
}

function zshOption(option: CompletedOption): string {
  const action = {
    none: '',
    text: `:${option.placeholder}: `,
    file: `:${option.placeholder}:_files`,
    choices: `:${option.placeholder}:(${option.choices.join(' ')})`,
  }[option.value];
  const describe = `[${zshText(option.describe)}]${action}`;
  if (option.short === undefined) return quoted(`${option.long}${describe}`);
  const both = `(${option.short} ${option.long})`;
  return `${quoted(both)}{${option.short},${option.long}}${quoted(describe)}`;
}

function zsh(nodes: readonly CompletedNode[]): string {
  const steps = nodes.flatMap(({ path, words }) => words.map(({ word }) => `${path}>${word}`));
  const cases = nodes.map(({ path, words, options, choices, files }) => {
    const rest =
      words.length > 0
        ? `'*:command:((${words.map(({ word, describe }) => `${word}\\:"${zshText(describe).replaceAll('"', '').replaceAll("'", "'\\''")}"`).join(' ')}))'`
        : choices.length > 0
          ? `'*:choice:(${choices.join(' ')})'`
          : files
            ? "'*:file:_files'"
            : "'*: : '";
    return `    ${quoted(path)}) _arguments -s ${[...options.map(zshOption), rest].join(' ')} ;;`;
  });
  return `#compdef ${program}
# zsh completion for ${program}
# Load it in every shell: add this line to ~/.zshrc, after compinit:
#   eval "$(${program} completion zsh)"
_vllm_sr() {
  local at='' i depth=0
  for ((i = 2; i < CURRENT; i++)); do
    case "$at>\${words[i]}" in
      ${steps.map(quoted).join('|')}) at="\${at:+$at }\${words[i]}"; depth=$((i - 1)) ;;
    esac
  done
  # _arguments expects the options to follow the first word.
  words=("\${words[1]}" "\${(@)words[depth+2,-1]}")
  ((CURRENT -= depth))
  case "$at" in
${cases.join('\n')}
  esac
}
if [ "$funcstack[1]" = "_vllm_sr" ]; then _vllm_sr "$@"; else compdef _vllm_sr ${program}; fi
`;
}

function fish(nodes: readonly CompletedNode[]): string {
  const literal = (text: string) => `'${text.replace(/[\\']/g, '\\$&')}'`;
  const lines = nodes.flatMap(({ path, words, options, choices, files }) => {
    const at = `complete -c ${program} -n ${literal(`__vllm_sr_at ${literal(path)}`)}`;
    return [
      ...words.map(({ word, describe }) => `${at} -f -a ${word} -d ${literal(describe)}`),
      ...(choices.length > 0 ? [`${at} -f -a ${literal(choices.join(' '))}`] : []),
      ...(files ? [`${at} -F`] : []),
      ...options.map(({ long, short, describe, value, choices: allowed }) => {
        const name = `-l ${long.slice(2)}${short === undefined ? '' : ` -s ${short.slice(1)}`}`;
        const takes = {
          none: '',
          text: ' -x',
          file: ' -r -F',
          choices: ` -x -a ${literal(allowed.join(' '))}`,
        }[value];
        return `${at} ${name}${takes} -d ${literal(describe)}`;
      }),
    ];
  });
  const steps = nodes.flatMap(({ path, words }) => words.map(({ word }) => literal(`${path}>${word}`)));
  return `# fish completion for ${program}
# Load it in every shell:
#   ${program} completion fish > ~/.config/fish/completions/${program}.fish
function __vllm_sr_at
    set -l at ''
    for word in (commandline -opc)[2..-1]
        if contains -- "$at>$word" ${steps.join(' ')}
            test -n "$at"; and set at "$at $word"; or set at $word
        end
    end
    test "$at" = "$argv[1]"
end
complete -c ${program} -f
${lines.join('\n')}
`;
}

function powershell(nodes: readonly CompletedNode[]): string {
  const text = (value: string) => `'${value.replaceAll("'", "''")}'`;
  const entries = nodes.map(({ path, words, options, choices }) => {
    const items = [
      ...words.map(({ word, describe }) => [word, describe] as const),
      ...choices.map((choice) => [choice, choice] as const),
      ...options.map(({ long, describe }) => [long, describe] as const),
    ];
    return `  ${text(path)} = @(${items.map(([word, describe]) => `@(${text(word)}, ${text(describe || word)})`).join(', ')})`;
  });
  const values = nodes.flatMap(({ path, options }) =>
    options
      .filter(({ value }) => value === 'choices')
      .flatMap((option) =>
        names(option).map(
          (name) => `  ${text(`${path}>${name}`)} = @(${option.choices.map(text).join(', ')})`,
        ),
      ),
  );
  return `# PowerShell completion for ${program}
# Load it in every shell: add this line to $PROFILE:
#   ${program} completion powershell | Out-String | Invoke-Expression
$vllmSrWords = @{
${entries.join('\n')}
}
$vllmSrValues = @{
${values.join('\n')}
}
Register-ArgumentCompleter -Native -CommandName ${program} -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $at = ''
  $previous = ''
  foreach ($element in ($commandAst.CommandElements | Select-Object -Skip 1)) {
    if ($element.Extent.EndOffset -ge $cursorPosition) { break }
    $previous = "$element"
    $next = "$at $element".Trim()
    if ($vllmSrWords.ContainsKey($next)) { $at = $next }
  }
  $values = $vllmSrValues["$at>$previous"]
  if ($values) {
    $values | Where-Object { $_ -like "$wordToComplete*" } | ForEach-Object {
      [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
    }
    return
  }
  $vllmSrWords[$at] | Where-Object { $_[0] -like "$wordToComplete*" } | ForEach-Object {
    [System.Management.Automation.CompletionResult]::new($_[0], $_[0], 'ParameterValue', $_[1])
  }
}
`;
}
