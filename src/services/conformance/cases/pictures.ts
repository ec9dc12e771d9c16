/** Pictures: their variants, and what is served for one that isn't there. */
import { blobId, fileId } from '../../../protocol/content-id.ts';
import type { Case } from '../case.ts';
import { asOwner, uploadFile } from '../requests.ts';
import type { Target } from '../target.ts';
import { dataOf, EarlyVerdict, failed, judged, skipped, told } from '../verdict.ts';

const common = { needs: ['owner'], writes: true } as const;

/** A picture of one pixel, PNG in base64. */
const DOT = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

function dot(): Buffer {
  return Buffer.from(DOT, 'base64');
}

/** Uploads a picture. @returns its ID and descriptor @throws EarlyVerdict */
async function picture(target: Target): Promise<{ id: string; descriptor: string }> {
  const id = await uploadFile(target, { preset: 'default', name: 'dot.png', type: 'image/png', bytes: dot() });
  const answer = await asOwner(target, { path: `/api/files/${id}/descriptor` });
  const descriptor = dataOf(answer);
  if (typeof descriptor === 'string') return { id, descriptor };
  throw new EarlyVerdict(failed(`the descriptor of a picture is answered ${told(answer)}`));
}

/** Cases of the group `pictures`. */
export const PICTURE_CASES: readonly Case[] = [
  {
    ...common,
    name: 'pictures.descriptor',
    summary: 'The descriptor of a picture hashes to its ID, and has the original as it was sent',
    section: 'Descriptors',
    level: 'must',
    async run(target) {
      const { id, descriptor } = await picture(target);
      return judged('the descriptor is right', [
        fileId(descriptor) !== id && `${descriptor} hashes to another ID`,
        !descriptor.includes(`orig:${blobId(dot())}:`) && `${descriptor} lacks the original as it was sent`,
      ]);
    },
  },
  {
    ...common,
    name: 'pictures.thumbnail',
    summary: 'A picture gets the variant vis.tn, in WebP',
    section: 'Pictures',
    level: 'should',
    async run(target) {
      const { id, descriptor } = await picture(target);
      if (!descriptor.includes(';')) throw new EarlyVerdict(skipped('this server makes no variants of pictures'));
      const blob = /vis\.tn:(b1~[\w-]+):/.exec(descriptor)?.[1];
      const answer = await asOwner(target, { path: `/api/files/${id}?variant=vis.tn` });
      return judged('the variant is there', [
        blob === undefined && `${descriptor} lacks vis.tn`,
        answer.status !== 200 && `variant=vis.tn is answered ${told(answer)}`,
        blobId(answer.body) !== blob && 'the bytes hash to another ID than that in the descriptor',
        answer.headers['content-type'] !== 'image/webp' && `Content-Type is ${answer.headers['content-type']}`,
      ]);
    },
  },
  {
    ...common,
    name: 'pictures.next-smaller',
    summary: 'For a variant that a file does not have the next smaller one is served',
    section: 'Reading files',
    level: 'must',
    async run(target) {
      const { id, descriptor } = await picture(target);
      const answer = await asOwner(target, { path: `/api/files/${id}?variant=vis.xd` });
      return judged('another variant is served', [
        answer.status !== 200 && `variant=vis.xd is answered ${told(answer)}; 200 is right`,
        answer.status === 200 && !descriptor.includes(blobId(answer.body)) && 'the bytes are of none of its variants',
      ]);
    },
  },
];
