/**
 * Which files an ONNX graph keeps its large tensors in.
 *
 * Most are called like the graph with something behind, but the name is free; the graph itself says it.
 *
 * @module
 */
import { readFile, stat } from 'node:fs/promises';

/** A graph with its tensors outside is small; a large one has them inside. */
const largestGraph = 64 * 1024 * 1024;

/** Field 1 of a `StringStringEntryProto`, the key `location`, and the tag of field 2, its value. */
const marker = Buffer.from('\x0a\x08location\x12', 'latin1');

/** Names in the graph at `path`, relative to its folder, each once; unsafe ones are left out. */
export async function externalDataOf(path: string): Promise<string[]> {
  if ((await stat(path)).size > largestGraph) return [];
  const bytes = await readFile(path);
  const names = new Set<string>();
  for (let at = bytes.indexOf(marker); at >= 0; at = bytes.indexOf(marker, at + marker.length)) {
    const start = at + marker.length;
    // Names are shorter than 128 bytes nearly always; two bytes of length cover all that file systems allow.
    const low = bytes[start] ?? 0;
    const long = low >= 0x80;
    const length = long ? (low & 0x7f) | ((bytes[start + 1] ?? 0) << 7) : low;
    const from = start + (long ? 2 : 1);
    const name = bytes.toString('utf8', from, from + length).replace(/^\.\//, '');
    const parts = name.split('/');
    if (length === 0 || length > 1024 || from + length > bytes.length) continue;
    if (parts.every((part) => part !== '' && part !== '..' && !/[\\:\p{Cc}\ufffd]/u.test(part)))
      names.add(name);
  }
  return [...names];
}
