import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const source = fileURLToPath(new URL('../../src/', import.meta.url));

/** Folders of `src/runtime` from the bottom up; what stands in one line may not import each other. */
const layers: readonly (readonly string[])[] = [
  ['errors.ts', 'is-record.ts', 'package-root.ts'],
  ['files', 'math', 'text'],
  ['apis', 'discovery', 'external', 'models', 'pii', 'telemetry'],
  ['inference', 'providers'],
  ['classify', 'plugins'],
  ['signals'],
  ['decision'],
  ['config'],
  ['dsl', 'selection'],
  ['policy', 'proxy'],
  ['server'],
  ['commands'],
];

interface Import {
  readonly from: string;
  readonly to: string;
  readonly kind: 'value' | 'type' | 'lazy';
}

const files = readdirSync(source, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => name.split(sep).join('/'));

const imports = files.flatMap((from): Import[] => {
  const text = readFileSync(join(source, from), 'utf8');
  const target = (specifier: string) =>
    relative(source, resolve(source, dirname(from), specifier))
      .split(sep)
      .join('/')
      .replace(/\.js$/, '.ts');
  const still = [
    ...text.matchAll(/^(?:import|export) (?!const|function|class|interface)([^;]*?)\s*from '(\.[^']+)';/gms),
  ];
  const lazy = [...text.matchAll(/\bimport\('(\.[^']+)'\)/g)];
  return [
    ...still.map(([, names = '', specifier = '']): Import => {
      const kind =
        names.startsWith('type ') || /^\{(?:\s*type [^,}]+,?)+\s*\}$/.test(names) ? 'type' : 'value';
      return { from, to: target(specifier), kind };
    }),
    ...lazy.map(([, specifier = '']): Import => ({ from, to: target(specifier), kind: 'lazy' })),
  ];
});

function folderOf(file: string): string {
  const [first = '', second = ''] = file.split('/');
  return first === 'runtime' ? second : 'commands';
}

function layerOf(file: string): number {
  return layers.findIndex((folders) => folders.includes(folderOf(file)));
}

const shown = ({ from, to }: Import) => `${from} imports ${to}`;

describe('folders of the source', () => {
  test('all have a layer', () => {
    expect(files.length).toBeGreaterThan(400);
    expect(new Set(files.filter((file) => layerOf(file) < 0).map(folderOf))).toEqual(new Set());
  });

  test('import only what is below them', () => {
    const upward = imports.filter(
      ({ from, to, kind }) =>
        kind !== 'type' && folderOf(from) !== folderOf(to) && layerOf(to) >= layerOf(from),
    );
    expect(upward.map(shown)).toEqual([]);
  });

  test('know what is above them by its `types.ts` alone', () => {
    const upward = imports.filter(
      ({ from, to, kind }) =>
        kind === 'type' &&
        folderOf(from) !== folderOf(to) &&
        layerOf(to) > layerOf(from) &&
        !to.endsWith('/types.ts'),
    );
    expect(upward.map(shown)).toEqual([]);
  });
});

test('no file loads itself by way of others', () => {
  const loads = new Map<string, string[]>();
  for (const { from, to, kind } of imports) {
    if (kind === 'value') loads.set(from, [...(loads.get(from) ?? []), to]);
  }
  const done = new Set<string>();
  const circles: string[] = [];
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(' > '));
    else if (!done.has(file)) for (const next of loads.get(file) ?? []) visit(next, [...path, file]);
    done.add(file);
  };
  for (const file of files) visit(file, []);
  expect(circles).toEqual([]);
});
