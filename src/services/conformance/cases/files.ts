/** Files: their addresses, ranges, and who may read them. The suite uploads a file as the owner, by an API key. */
import { blobId, fileId } from '../../../protocol/content-id.ts';
import type { Case, Verdict } from '../case.ts';
import { nonce } from '../made-tokens.ts';
import { asOwner, createPost, uploadFile } from '../requests.ts';
import type { Answer, Target } from '../target.ts';
import { dataOf, judged, passed, passedAsNetwork, type Refusal, refusal, told } from '../verdict.ts';

const SECTION = 'Reading files';
const NOT_FOUND: Refusal = { status: 404, code: 'E-CORE-NOTFOUND' };
/** How the network's server answers for a file that the caller may not read (specification: Different answers). */
const NETWORK_REFUSES: readonly Refusal[] = [{ status: 403, code: 'E-AUTH-NOPERM' }];
const common = { needs: ['owner'], writes: true } as const;

interface Uploaded {
  id: string;
  text: string;
}

async function upload(target: Target): Promise<Uploaded> {
  const text = `A file for a conformance test: ${nonce()}\n`;
  const file = { preset: 'file', name: 'conform.txt', type: 'text/plain', bytes: text } as const;
  return { id: await uploadFile(target, file), text };
}

/** A file that a public action attaches. */
async function publicFile(target: Target): Promise<Uploaded> {
  const uploaded = await upload(target);
  await createPost(target, { visibility: 'P', attachments: [uploaded.id] });
  return uploaded;
}

function get(target: Target, id: string, headers: Record<string, string> = {}): Promise<Answer> {
  return target.ask({ path: `/api/files/${id}`, headers });
}

/** Cases about files. */
export const FILE_CASES: readonly Case[] = [
  {
    ...common,
    name: 'files.private',
    summary: 'A file that nothing public attaches is answered 404, as one that is not there',
    section: 'Who may read a file',
    level: 'network',
    async run(target) {
      const { id } = await upload(target);
      return refusal(await get(target, id), 'a private file', NOT_FOUND, NETWORK_REFUSES);
    },
  },
  {
    ...common,
    name: 'files.private-parts',
    summary: 'The descriptor, the metadata and the blob of such a file are not there either',
    section: 'Who may read a file',
    level: 'network',
    async run(target) {
      const { id, text } = await upload(target);
      const parts = {
        'the descriptor of a private file': `${id}/descriptor`,
        'the metadata of a private file': `${id}/metadata`,
        'the blob of a private file': `variant/${blobId(Buffer.from(text))}`,
      };
      const verdicts: Verdict[] = [];
      for (const [what, path] of Object.entries(parts))
        verdicts.push(refusal(await get(target, path), what, NOT_FOUND, NETWORK_REFUSES));
      const other = verdicts.find(({ outcome }) => outcome === 'failed') ?? verdicts.find(({ asNetwork }) => asNetwork);
      return other ?? passed('none of them is there');
    },
  },
  {
    ...common,
    name: 'files.bytes',
    summary: 'A public file has its bytes, and the headers that name variant and descriptor',
    section: SECTION,
    level: 'must',
    async run(target) {
      const uploaded = await publicFile(target);
      const answer = await get(target, uploaded.id);
      const { headers } = answer;
      return judged('the file is there', [
        answer.status !== 200 && `GET /api/files/:fileId is answered ${told(answer)}`,
        answer.body.toString() !== uploaded.text && 'the bytes are others than were uploaded',
        headers['content-type'] === undefined && 'Content-Type is missing',
        headers['x-cloudillo-variant'] !== blobId(answer.body) && 'X-Cloudillo-Variant is not the address of the bytes',
        fileId(headers['x-cloudillo-variants'] ?? '') !== uploaded.id &&
          'X-Cloudillo-Variants does not hash to the file ID',
        headers['accept-ranges'] !== 'bytes' && `Accept-Ranges is ${headers['accept-ranges'] ?? 'missing'}`,
      ]);
    },
  },
  {
    ...common,
    name: 'files.range',
    summary: 'A range is answered 206 with Content-Range and its bytes',
    section: SECTION,
    level: 'must',
    async run(target) {
      const uploaded = await publicFile(target);
      const answer = await get(target, uploaded.id, { Range: 'bytes=2-5' });
      const wanted = `bytes 2-5/${uploaded.text.length}`;
      return judged('the range is right', [
        answer.status !== 206 && `bytes=2-5 is answered ${told(answer)}; 206 is right`,
        answer.headers['content-range'] !== wanted &&
          `Content-Range is ${answer.headers['content-range'] ?? 'missing'}`,
        answer.body.toString() !== uploaded.text.slice(2, 6) && 'the bytes are others than those of the range',
      ]);
    },
  },
  {
    ...common,
    name: 'files.descriptor',
    summary: 'The descriptor hashes to the ID of the file',
    section: 'Descriptors',
    level: 'must',
    async run(target) {
      const uploaded = await publicFile(target);
      const answer = await get(target, `${uploaded.id}/descriptor`);
      const descriptor = dataOf(answer);
      return judged('the descriptor hashes to the ID', [
        typeof descriptor !== 'string' && `GET …/descriptor is answered ${told(answer)}`,
        typeof descriptor === 'string' && fileId(descriptor) !== uploaded.id && `${descriptor} hashes to another ID`,
      ]);
    },
  },
  {
    ...common,
    name: 'files.cached',
    summary: 'A public file may be kept for ever',
    section: SECTION,
    level: 'should',
    async run(target) {
      const uploaded = await publicFile(target);
      const cache = (await get(target, uploaded.id)).headers['cache-control'] ?? 'missing';
      const words = cache.split(/\s*,\s*/);
      const wanted = ['public', 'max-age=31536000', 'immutable'];
      return judged('it may be kept', [!wanted.every((word) => words.includes(word)) && `Cache-Control is ${cache}`]);
    },
  },
  {
    ...common,
    name: 'files.private-cache',
    summary: 'A file that is not public may not be kept for others',
    section: 'Different answers',
    level: 'network',
    async run(target) {
      const uploaded = await upload(target);
      const answer = await asOwner(target, { path: `/api/files/${uploaded.id}` });
      const cache = answer.headers['cache-control'] ?? 'missing';
      if (answer.status === 200 && cache.split(/\s*,\s*/).includes('public')) return passedAsNetwork(cache);
      return judged('it is private', [!cache.includes('private') && `${told(answer)}, Cache-Control is ${cache}`]);
    },
  },
  {
    ...common,
    name: 'files.blob',
    summary: 'A blob is served by its own ID',
    section: SECTION,
    level: 'must',
    async run(target) {
      const { text } = await upload(target);
      const id = blobId(Buffer.from(text));
      const answer = await asOwner(target, { path: `/api/files/variant/${id}` });
      return judged('the bytes are those of the ID', [
        answer.status !== 200 && `GET /api/files/variant/:blobId is answered ${told(answer)}`,
        answer.status === 200 && blobId(answer.body) !== id && 'the bytes hash to another ID',
      ]);
    },
  },
  {
    ...common,
    name: 'files.scripts',
    summary: 'An SVG that is served as one may run no scripts, and its type is not guessed',
    section: SECTION,
    level: 'must',
    async run(target) {
      const bytes = '<svg xmlns="http://www.w3.org/2000/svg"/>';
      const id = await uploadFile(target, { preset: 'file', name: 'a.svg', type: 'image/svg+xml', bytes });
      const answer = await asOwner(target, { path: `/api/files/${id}` });
      const { headers } = answer;
      const policy = headers['content-security-policy'] ?? 'missing';
      const isActive = /svg|html|xml/.test(headers['content-type'] ?? '');
      return judged('it may run none', [
        answer.status !== 200 && `the file is answered ${told(answer)}; 200 is right`,
        isActive && !policy.includes("script-src 'none'") && `Content-Security-Policy is ${policy}`,
        headers['x-content-type-options'] !== 'nosniff' && 'X-Content-Type-Options: nosniff is missing',
      ]);
    },
  },
];
