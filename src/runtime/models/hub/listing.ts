/**
 * What a repository holds at a revision: its commit, and its files with size and digest.
 *
 * The tree comes through `@huggingface/hub`, which follows its pages. The library cannot name the commit of a
 * branch and its gating in one request that also works on mirrors, so that one is our own; and all requests,
 * the library's included, go through our client, which keeps the token at home.
 *
 * @module
 */
import { z } from 'zod';
import { isVsrError, VsrError } from '../../errors.js';
import type { HubClient } from './client.js';
import { invalidAnswer, missingRevision, type Subject } from './failures.js';
import type { Digest, RepositoryFile } from './select.js';

export interface RepositoryListing {
  /** As the hub spells it now; differs from what was asked if the repository was renamed. */
  readonly repo: string;
  /** Full hash. */
  readonly commit: string;
  readonly files: readonly RepositoryFile[];
}

export interface ListingOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onWait?: ((ms: number, why: string) => void) | undefined;
}

const siblingSchema = z.looseObject({
  rfilename: z.string(),
  size: z.number().nullish(),
  blobId: z.string().nullish(),
  lfs: z.looseObject({ sha256: z.string(), size: z.number().nullish() }).nullish(),
});

const infoSchema = z.looseObject({
  id: z.string().nullish(),
  modelId: z.string().nullish(),
  sha: z.string().nullish(),
  siblings: z.array(siblingSchema).nullish(),
});

const commitPattern = /^[0-9a-f]{40,64}$/;

/**
 * Lists `repo` at `revision`.
 *
 * @throws VsrError with a `VSR_HUB_…` code.
 */
export async function listRepository(
  client: HubClient,
  repo: string,
  revision: string,
  options: ListingOptions = {},
): Promise<RepositoryListing> {
  const subject = subjectOf(client, repo, revision);
  const info = await readInfo(client, subject, options);
  const commit = info.sha;
  if (typeof commit !== 'string' || !commitPattern.test(commit)) {
    throw invalidAnswer(subject, 'no commit');
  }
  const files = await readTree(client, { ...subject, revision: commit }, info, options);
  return { repo: info.id ?? info.modelId ?? repo, commit, files };
}

/** What messages about `repo` name. */
export function subjectOf(client: HubClient, repo: string, revision: string, path?: string): Subject {
  const { endpoint, token } = client.settings;
  return { endpoint, repo, revision, path, hasToken: token !== undefined };
}

async function readInfo(client: HubClient, subject: Subject, options: ListingOptions) {
  const { endpoint, repo, revision } = subject;
  const base = `${endpoint}/api/models/${repo}`;
  try {
    return await readInfoAt(client, `${base}/revision/${encodeURIComponent(revision)}`, subject, options);
  } catch (error) {
    // Which of the two is missing is not always said; the repository itself tells.
    if (!isVsrError(error) || error.code !== 'VSR_HUB_REPO_NOT_FOUND') throw error;
    const info = await readInfoAt(client, base, subject, options);
    if (revision === 'main' || info.sha === revision) return info;
    throw missingRevision(subject);
  }
}

async function readInfoAt(client: HubClient, address: string, subject: Subject, options: ListingOptions) {
  const { text } = await client.read(new URL(`${address}?blobs=true`), {
    ...options,
    subject,
    headers: { accept: 'application/json' },
  });
  const parsed = infoSchema.safeParse(parseJson(text, subject));
  if (!parsed.success) throw invalidAnswer(subject, 'an answer that is not understood', parsed.error);
  return parsed.data;
}

function parseJson(text: string, subject: Subject): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw invalidAnswer(subject, 'no JSON', cause);
  }
}

async function readTree(
  client: HubClient,
  subject: Subject,
  info: z.output<typeof infoSchema>,
  options: ListingOptions,
): Promise<RepositoryFile[]> {
  const { listFiles } = await import('@huggingface/hub');
  const files: RepositoryFile[] = [];
  try {
    const entries = listFiles({
      // In full: a name alone would be guessed at.
      repo: { type: 'model', name: subject.repo },
      revision: subject.revision,
      recursive: true,
      hubUrl: subject.endpoint,
      // Without `accessToken`: the library would send it wherever a page link points. The client adds it.
      fetch: fetchThrough(client, subject, options),
    });
    for await (const { type, path, size, oid, lfs } of entries) {
      if (type !== 'file') continue;
      const digest = lfs === undefined ? digestOf(oid) : digestOf(lfs.oid);
      files.push({ path: safePath(path, subject), size: lfs?.size ?? size, ...(digest && { digest }) });
    }
    return files;
  } catch (error) {
    if (!isVsrError(error)) throw invalidAnswer(subject, 'a list of files that is not understood', error);
    // Mirrors without the tree list the files with the repository.
    const siblings = info.siblings ?? [];
    if (!/_NOT_FOUND$/.test(error.code) || siblings.length === 0) throw error;
    return siblings.map(({ rfilename, size, blobId, lfs }) => {
      const digest = digestOf(lfs?.sha256 ?? blobId ?? undefined);
      return {
        path: safePath(rfilename, subject),
        size: lfs?.size ?? size ?? undefined,
        ...(digest && { digest }),
      };
    });
  }
}

/** The client in the shape that the library asks for. */
function fetchThrough(client: HubClient, subject: Subject, options: ListingOptions): typeof fetch {
  return async (input) => {
    const address = new URL(input instanceof Request ? input.url : input);
    const { text, headers } = await client.read(address, {
      ...options,
      subject,
      headers: { accept: 'application/json' },
    });
    return new Response(text, {
      headers: {
        'content-type': 'application/json',
        ...(headers.link !== undefined && { link: nextPage(headers.link, address) }),
      },
    });
  };
}

/** The library knows a next page only by its full address, written in one way. */
function nextPage(link: string, from: URL): string {
  const target = /<([^>]*)>(?:\s*;[^,<]*)?;\s*rel="?next"?/i.exec(link)?.[1];
  return target !== undefined && URL.canParse(target, from.href)
    ? `<${new URL(target, from.href).href}>; rel="next"`
    : '';
}

/** A digest as trees, ETags and blob names write it; undefined if it is none. */
export function digestOf(text: string | undefined): Digest | undefined {
  const hex = text
    ?.trim()
    .replace(/^W\//, '')
    .replace(/^"(.*)"$/, '$1')
    .replace(/^sha256:/, '')
    .toLowerCase();
  if (hex === undefined || !/^[0-9a-f]+$/.test(hex)) return undefined;
  if (hex.length === 64) return { kind: 'sha256', hex };
  return hex.length === 40 ? { kind: 'git-sha1', hex } : undefined;
}

/** Paths become files of this machine: one that leads out of its folder is refused, whoever sent it. */
function safePath(path: string, subject: Subject): string {
  const parts = path.split('/');
  const bad = (part: string) => part === '' || part === '.' || part === '..' || /[\\:\p{Cc}]/u.test(part);
  if (path.length > 1024 || parts.some(bad)) {
    throw new VsrError(
      'VSR_HUB_ANSWER_INVALID',
      `${subject.repo} lists a file that cannot be stored safely.`,
      {
        hint: 'Ask the owner of the repository to rename it.',
      },
    );
  }
  return path;
}
