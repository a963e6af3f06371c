/**
 * Choosing the files of a repository that the runtime needs.
 *
 * @module
 */
import type { FileRole, FileRules } from '../catalog/types.js';

/** How the content of a file is known: the hub names LFS files by SHA-256 and all others as git does. */
export interface Digest {
  readonly kind: 'sha256' | 'git-sha1';
  /** Lower case. */
  readonly hex: string;
}

export interface RepositoryFile {
  /** Path in the repository, with slashes. */
  readonly path: string;
  /** Bytes; undefined if the listing does not say. */
  readonly size: number | undefined;
  readonly digest?: Digest;
}

export interface SelectedFile extends RepositoryFile {
  readonly role: FileRole;
}

export interface Selection {
  readonly files: readonly SelectedFile[];
  /** Why the repository cannot be run; undefined if it can. */
  readonly problem: string | undefined;
}

/** The files of `listing` that `rules` ask for. Never throws; what is missing is told in `problem`. */
export function selectFiles(listing: readonly RepositoryFile[], rules: FileRules): Selection {
  const chosen = new Map<string, SelectedFile>();
  const add = (file: RepositoryFile, role: FileRole) => {
    if (!chosen.has(file.path)) chosen.set(file.path, { ...file, role });
  };
  const graphs = firstGroup(listing, rules.graphs) ?? otherGraph(listing, rules);
  const weights = graphs === undefined ? firstGroup(listing, rules.weights) : undefined;
  for (const graph of graphs ?? []) {
    add(graph, 'graph');
    for (const file of listing) if (isDataOf(file.path, graph.path)) add(file, 'external-data');
  }
  for (const file of weights ?? []) add(file, file.path.startsWith('adapter_') ? 'adapter' : 'weights');
  for (const { role, pattern } of rules.companions) {
    for (const file of listing) if (matches(file.path, pattern)) add(file, role);
  }
  fillFromGraphFolder(listing, graphs ?? [], add);
  return { files: [...chosen.values()], problem: problemOf(listing, chosen, graphs ?? weights, rules) };
}

function firstGroup(
  listing: readonly RepositoryFile[],
  groups: readonly (readonly string[])[],
): RepositoryFile[] | undefined {
  for (const group of groups) {
    const found = group.map((pattern) => listing.filter(({ path }) => matches(path, pattern)));
    if (found.every((files) => files.length > 0)) return found.flat();
  }
  return undefined;
}

/**
 * A graph under a name of its own, at the usual places; not those for one vendor's GPU or one processor family.
 * Only where there are no plain weights, since an unknown graph may be anything.
 */
function otherGraph(listing: readonly RepositoryFile[], rules: FileRules): RepositoryFile[] | undefined {
  if (rules.graphs.length === 0 || firstGroup(listing, rules.weights) !== undefined) return undefined;
  const found = listing
    .filter(({ path }) => matches(path, '*.onnx') || matches(path, 'onnx/*.onnx'))
    .filter(({ path }) => !/_fa(?:_|\.)|avx|arm64|decoder/i.test(path))
    .sort((a, b) => a.path.length - b.path.length || (a.path < b.path ? -1 : 1))[0];
  return found === undefined ? undefined : [found];
}

/** `model.onnx` keeps large tensors in `model.onnx.data`, `model.onnx_data` or numbered pieces of them. */
function isDataOf(path: string, graph: string): boolean {
  if (!path.startsWith(graph)) return false;
  return /^[._]data(?:[._-]?\d+)?$/.test(path.slice(graph.length));
}

/** Configuration and tokenizer lie beside the graph in repositories that have nothing at the root. */
function fillFromGraphFolder(
  listing: readonly RepositoryFile[],
  graphs: readonly RepositoryFile[],
  add: (file: RepositoryFile, role: FileRole) => void,
): void {
  const folder = graphs[0]?.path.replace(/[^/]*$/, '') ?? '';
  if (folder === '') return;
  const has = (path: string) => listing.some((file) => file.path === path);
  const wanted = [
    ['config.json', 'config'],
    ['tokenizer.json', 'tokenizer'],
    ['tokenizer_config.json', 'tokenizer'],
    ['special_tokens_map.json', 'tokenizer'],
  ] as const;
  for (const [name, role] of wanted) {
    if (has(name)) continue;
    const file = listing.find(({ path }) => path === `${folder}${name}`);
    if (file !== undefined) add(file, role);
  }
}

function problemOf(
  listing: readonly RepositoryFile[],
  chosen: ReadonlyMap<string, SelectedFile>,
  weights: readonly RepositoryFile[] | undefined,
  rules: FileRules,
): string | undefined {
  if (weights === undefined) {
    const others = listing.filter(({ path }) => /\.(?:bin|pt|pth|h5|msgpack|gguf|onnx)$/.test(path));
    const found =
      others.length === 0
        ? ''
        : ` (it has ${others
            .slice(0, 3)
            .map(({ path }) => path)
            .join(', ')})`;
    const wanted = rules.graphs.length === 0 ? '' : 'no ONNX graph that runs everywhere and ';
    return `${wanted}no safetensors weights${found}`;
  }
  const roles = new Set([...chosen.values()].map(({ role }) => role));
  if (!roles.has('config') && !roles.has('adapter')) return 'no config.json';
  return undefined;
}

/** Whether `path` is meant by `pattern`, in which `*` stands for anything but a slash. */
export function matches(path: string, pattern: string): boolean {
  if (!pattern.includes('*')) return path === pattern;
  const source = pattern
    .split('*')
    .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
    .join('[^/]*');
  return new RegExp(`^${source}$`).test(path);
}
