import { describe, expect, it } from 'vitest';
import { analyse } from '../../../src/runtime/dsl/analyse.js';
import type { DslDiagnostic } from '../../../src/runtime/dsl/diagnostics.js';
import { printed } from './programs.js';

const found = (text: string) => printed(analyse(text, { env: {} }).diagnostics);

/** The text with all quick fixes in it. */
function fixed(text: string, diagnostics: readonly DslDiagnostic[]): string {
  const lines = text.split('\n');
  for (const { fix } of [...diagnostics].reverse()) {
    if (fix === undefined) continue;
    expect(fix.endLine).toBe(fix.line);
    const line = lines[fix.line - 1] ?? '';
    lines[fix.line - 1] = line.slice(0, fix.column - 1) + fix.text + line.slice(fix.endColumn - 1);
  }
  return lines.join('\n');
}

const fine = `MODEL big { param_size: "8B" }
SIGNAL keyword urgent { operator: OR keywords: ["asap"] }
SIGNAL embedding proof { threshold: 0.4 candidates: ["prove it"] }
PLUGIN polite system_prompt { system_prompt: "Be polite." }
ROUTE hard {
  PRIORITY 10
  WHEN keyword("urgent") AND embedding("proof")
  MODEL big
  PLUGIN polite
}
ROUTE rest { MODEL big }
TEST t { "asap" -> rest }
`;

describe('checking', () => {
  it('finds nothing in a good file', () => {
    expect(found(fine)).toEqual([]);
  });

  it('points at the words of the file, in its own terms', () => {
    expect(
      found(`MODEL big { param_size: "8B" loras: [{ name: fast }] }
SIGNAL keyword urgent { operator: XOR keywords: ["asap"] tresh: 4 }
SIGNAL embedding proof { threshold: 1.5 candidates: ["prove it"] }
SIGNAL domain math { }
ROUTE hard {
  WHEN keyword("urgant") AND domain("urgent")
  MODEL big (lora = "fats"), bgi
  PLUGIN polite {}
  PLUGIN fast_response {}
  anotations: {}
}
ROUTE empty { PRIORITY 5 }
`),
    ).toMatchInlineSnapshot(`
      [
        "2:35 error: \`operator\`: found \`XOR\`
        did you mean \`OR\`? allowed: \`AND\`, \`OR\`, \`NOR\`",
        "2:58 error: unknown key \`tresh\` in \`SIGNAL keyword urgent\`
        allowed: \`name\`, \`description\`, \`operator\`, \`keywords\`, \`case_sensitive\`, \`method\`, \`fuzzy_match\`, \`fuzzy_threshold\`, \`bm25_threshold\`, \`ngram_threshold\`, \`ngram_arity\`",
        "3:37 error: \`threshold\`: found \`1.5\`; must be at most 1",
        "6:16 error: unknown keyword signal \`urgant\`
        did you mean \`urgent\`? declared with \`SIGNAL keyword\`: \`urgent\`",
        "6:37 error: unknown domain signal \`urgent\`
        declared with \`SIGNAL domain\`: \`math\`",
        "7:21 error: unknown LoRA adapter \`fats\`
        did you mean \`fast\`? declared under \`loras\` of the model card \`big\`: \`fast\`",
        "7:30 warning: model \`bgi\` has no MODEL block
        did you mean \`big\`?",
        "8:10 error: unknown plugin \`polite\`
        declare it: \`PLUGIN polite type { … }\`",
        "9:24 error: \`message\` is missing in \`PLUGIN fast_response\` in \`ROUTE hard\`
        expected text",
        "10:3 error: unknown key \`anotations\` in \`ROUTE hard\`
        did you mean \`annotations\`?",
        "12:1 warning: decision \`empty\` names no model: the default model answers
        add \`MODEL name\`",
      ]
    `);
  });

  it('offers quick fixes that lead to a good file', () => {
    const typos: readonly (readonly [string, string])[] = [
      ['SIGNAL keyword', 'SIGNAL keywords'],
      ['operator: OR', 'operator: ORR'],
      ['keyword("urgent")', 'keyword("urgnet")'],
      ['embedding("proof")', 'embeding("proof")'],
      ['PLUGIN polite\n', 'PLUGIN polit\n'],
      ['"asap" -> rest', '"asap" -> rst'],
      ['MODEL big\n', 'MODEL bgi\n'],
      ['threshold', 'treshold'],
      ['ROUTE rest', 'ROUT rest'],
      ['PRIORITY', 'PRIORTY'],
    ];
    for (const [right, wrong] of typos) {
      const text = fine.replace(right, wrong);
      const { diagnostics } = analyse(text, { env: {} });
      expect(fixed(text, diagnostics), wrong).toBe(fine);
    }
  });

  it('after a syntax error says nothing that may follow from it', () => {
    expect(found(fine.replace('{ operator', '{ operator operator'))).toEqual([
      '2:34 error: expected `:` after `operator`; found `operator`',
    ]);
    expect(found(fine.replace('polite system_prompt', 'polite'))).toEqual([
      expect.stringContaining('4:15 error: expected the plugin type'),
    ]);
    // What does not follow from it is told all the same.
    expect(found(fine.replace('PRIORITY 10', 'PRIORITY').replace('0.4', '1.6'))).toHaveLength(2);
  });

  it('tells what is declared twice or never used', () => {
    expect(
      found(`SIGNAL keyword a { operator: OR keywords: ["x"] }
SIGNAL keyword a { operator: OR keywords: ["y"] }
PLUGIN p memory {}
PLUGIN q memry {}
ROUTE r { PLUGIN q PLUGIN semantic-cache { enabled: true } WHEN keyword("a") PRIORITY 1 PRIORITY 2 MODEL m (reasoning = true, use_reasoning = false) }
ROUTING { signals: {} strategy: priority }
ROUTING { strategy: confidence }`),
    ).toMatchInlineSnapshot(`
      [
        "2:16 error: SIGNAL keyword \`a\` is declared twice
        rename one of them",
        "3:8 warning: template PLUGIN \`p\` is never used
        use it: \`PLUGIN p\` in a ROUTE",
        "4:10 error: unknown plugin type \`memry\`
        did you mean \`memory\`?",
        "5:27 warning: plugin type \`semantic-cache\` is an older name
        write \`response_cache\` instead",
        "5:27 warning: plugin \`response_cache\` is not available in this version: it does nothing
        available: fast_response, system_prompt, header_mutation",
        "5:89 error: PRIORITY is given twice
        keep one of them",
        "5:127 error: \`use_reasoning\` is given twice for model \`m\`
        keep one of them",
        "6:11 error: \`signals\` does not stand in ROUTING
        write SIGNAL blocks",
        "7:11 error: \`strategy\` is given in two ROUTING blocks
        keep one of them",
      ]
    `);
  });

  it('tells what stands together badly', () => {
    expect(
      found(`SIGNAL keyword a { operator: OR keywords: ["alpha"] }
SIGNAL keyword b { operator: OR keywords: ["beta"] }
ROUTE wide { PRIORITY 20 WHEN keyword("a") MODEL m }
ROUTE narrow { PRIORITY 10 WHEN keyword("a") AND keyword("b") MODEL m }
ROUTE never { PRIORITY 30 WHEN keyword("a") AND NOT keyword("a") MODEL m }
ROUTE tied { PRIORITY 20 WHEN keyword("b") MODEL n }
`)
        .map((text) => text.split('\n')[0])
        .filter((text) => text?.includes('constraint')),
    ).toMatchInlineSnapshot(`
      [
        "3:23 constraint: \`wide\`, \`tied\` have the same priority (20) and can match the same request: the first by name wins",
        "4:1 constraint: decision \`narrow\` can never win: whenever it matches, decision \`wide\` matches too and comes first",
        "5:32 constraint: decision \`never\` can never match: \`keyword:a\` and \`NOT keyword:a\` exclude each other",
      ]
    `);
  });

  it('checks recipes and entry points too', () => {
    expect(
      found(`ROUTE r { MODEL m }
RECIPE fast { SIGNAL keyword k { operator: OR keywords: [] } ROUTE r { WHEN keyword("l") MODEL m } }
ENTRYPOINT { model_names: ["vllm-sr/fast"] recipe: fsat }
ENTRYPOINT { model_name: ["x"] recipe: fast }`),
    ).toMatchInlineSnapshot(`
      [
        "2:8 warning: no entrypoint leads to recipe \`fast\`: it is never used
        add an \`ENTRYPOINT\`",
        "2:57 error: \`keywords\`: found an empty list; must not be empty",
        "2:85 error: unknown keyword signal \`l\`
        did you mean \`k\`? declared with \`SIGNAL keyword\`: \`k\`",
        "3:52 error: unknown recipe \`fsat\`
        did you mean \`fast\`? recipes: \`fast\`, \`default\`",
        "4:1 error: \`model_names\` is missing in \`ENTRYPOINT\`
        expected a list",
        "4:14 error: unknown key \`model_name\` in \`ENTRYPOINT\`
        did you mean \`model_names\`? allowed: \`model_names\`, \`recipe\`",
      ]
    `);
  });

  it('with a base, checks against its models and tells what is wrong there', () => {
    const base = {
      source: 'infra.yaml',
      text: 'version: v0.3\nlisteners: [{port: 8899}]\nproviders:\n  models:\n    - {name: big, backend_refs: [{}]}\n',
    };
    const { diagnostics, failed } = analyse('ROUTE r { MODEL bgi }', { base, env: {} });
    expect(failed).toBe(true);
    expect(printed(diagnostics)).toEqual([
      '1:17 error: unknown model `bgi`\n  did you mean `big`? configured under `providers.models`: `big`',
      'infra.yaml:5:34 error: an endpoint needs `endpoint` or `base_url`\n  e.g. `endpoint: 127.0.0.1:8000`',
    ]);
  });
});
