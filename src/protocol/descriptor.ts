/** Descriptors: the strings that list the variants of a file (specification: Descriptors). */
import { isContentId } from './content-id.ts';
import { CloudilloError } from './errors.ts';
import { brief } from './reason-text.ts';

/** One rendition of a file. */
export interface Variant {
  /** `orig`, `<class>.<quality>`, or in old descriptors a quality alone. */
  name: string;
  blobId: string;
  /** The format, such as `webp` or `bin`. */
  format: string;
  /** In bytes. */
  size: number;
  /** In pixels; 0 for a variant without a width. */
  width: number;
  height: number;
  /** In seconds. */
  duration?: number;
  /** In thousands of bits per second. */
  bitrate?: number;
  pages?: number;
}

/** A parsed descriptor. The hash of its string is the ID of the file. */
export interface Descriptor {
  version: 1 | 2;
  /** The file or document that this one belongs to. */
  root?: string;
  variants: Variant[];
}

const MAX_LENGTH = 64 * 1024;
/** Known classes are `vis vid aud doc raw`, known qualities `pf tn sd md hd xd orig`. Later versions may add others. */
const NAME = /^[a-z0-9]{1,16}(?:\.[a-z0-9]{1,16})?$/;
const WHOLE = /^(?:0|[1-9][0-9]*)$/;
const DECIMAL = /^[0-9]+(?:\.[0-9]+)?(?:e-?[0-9]+)?$/;
const FORMAT = /^[a-z0-9][a-z0-9.+-]{0,31}$/;
/** The ID of a document. A document is edited, so that its ID is drawn at random, not a hash. */
const DOCUMENT_ID = /^[A-Za-z0-9]{24}$/;
/** The format of an entry without `f=`, as the network's parser has it. */
const DEFAULT_FORMAT = 'avif';

/** The qualities to take when the wanted one is missing, best first. */
const FALLBACKS: ReadonlyMap<string, readonly string[]> = new Map([
  ['pf', ['tn']],
  ['tn', ['pf']],
  ['sd', ['md', 'tn', 'pf']],
  ['md', ['sd', 'tn']],
  ['hd', ['md', 'sd', 'tn']],
  ['xd', ['hd', 'md', 'sd', 'tn']],
  ['orig', ['xd', 'hd', 'md', 'sd', 'tn', 'pf']],
]);

/**
 * Reads a descriptor: `d2,` with entries joined by `;`, or the legacy `d1~` with `,`. Keys may stand in any order; unknown keys
 * are ignored.
 * @throws CloudilloError `peer.descriptor`
 */
export function parseDescriptor(text: string): Descriptor {
  if (text.length > MAX_LENGTH) throw malformed(`it has ${text.length} characters; ${MAX_LENGTH} are allowed`);
  const version = text.startsWith('d2,') ? 2 : text.startsWith('d1~') ? 1 : null;
  if (version === null) throw malformed('it starts with neither d2, nor d1~');
  const body = text.slice(3);
  const entries = body === '' ? [] : body.split(version === 2 ? ';' : ',');
  const root = entries[0]?.startsWith('R=') ? entries.shift()?.slice(2) : undefined;
  if (root !== undefined && !isContentId(root, 'f1') && !DOCUMENT_ID.test(root)) {
    throw malformed(`its root ${brief(root)} is not a file ID`);
  }
  const variants = entries.map(parseVariant);
  if (new Set(variants.map(({ name }) => name)).size < variants.length) throw malformed('it names a variant twice');
  return { version, ...(root !== undefined && { root }), variants };
}

/** Variants in the order of the network's server: by size, then by width, height and name. */
export function orderedVariants(variants: readonly Variant[]): Variant[] {
  return [...variants].sort(
    (a, b) => a.size - b.size || a.width - b.width || a.height - b.height || (a.name < b.name ? -1 : 1),
  );
}

/** Writes a descriptor as the network's server does, so that the same file gets the same ID. */
export function formatDescriptor({ version, root, variants }: Descriptor): string {
  const entries = variants.map(formatVariant);
  if (root !== undefined) entries.unshift(`R=${root}`);
  return version === 2 ? `d2,${entries.join(';')}` : `d1~${entries.join(',')}`;
}

/**
 * The variant to serve or fetch for a request of `wanted` (`vis.sd`, or a quality alone), else the original or the best.
 * @returns `null` when the descriptor has no variant that fits
 */
export function chooseVariant(descriptor: Descriptor, wanted = 'orig'): Variant | null {
  const exact = descriptor.variants.find(({ name }) => name === wanted);
  if (exact) return exact;
  const { kind, quality } = splitName(wanted);
  for (const candidate of [quality, ...(FALLBACKS.get(quality) ?? [])]) {
    const found = descriptor.variants.find(({ name }) => {
      const parts = splitName(name);
      return parts.quality === candidate && (kind === null || (parts.kind ?? 'vis') === kind);
    });
    if (found) return found;
  }
  return null;
}

function splitName(name: string): { kind: string | null; quality: string } {
  const dot = name.indexOf('.');
  return dot < 0 ? { kind: null, quality: name } : { kind: name.slice(0, dot), quality: name.slice(dot + 1) };
}

function parseVariant(entry: string): Variant {
  const [name = '', blobId = '', ...properties] = entry.split(':');
  if (!NAME.test(name)) throw malformed(`${brief(entry)} does not start with the name of a variant`);
  if (!isContentId(blobId, 'b1')) throw malformed(`variant ${name} has no blob ID`);
  const values = propertiesOf(name, properties);
  const number = (key: string, form: RegExp): number => {
    const value = form.test(values.get(key) ?? '') ? Number(values.get(key)) : Number.NaN;
    if (!(value <= Number.MAX_SAFE_INTEGER)) throw malformed(`variant ${name} has no sound ${key}=`);
    return value;
  };
  const format = values.get('f') ?? DEFAULT_FORMAT;
  if (!FORMAT.test(format)) throw malformed(`variant ${name} has no sound f=`);
  return {
    name,
    blobId,
    format,
    size: number('s', WHOLE),
    width: number('width', WHOLE),
    height: number('height', WHOLE),
    ...(values.has('dur') && { duration: number('dur', DECIMAL) }),
    ...(values.has('br') && { bitrate: number('br', WHOLE) }),
    ...(values.has('pg') && { pages: number('pg', WHOLE) }),
  };
}

function propertiesOf(name: string, properties: string[]): Map<string, string> {
  const values = new Map<string, string>();
  for (const property of properties) {
    const [key = '', value = ''] = property.split('=', 2);
    if (values.has(key)) throw malformed(`variant ${name} has ${brief(key)} twice`);
    values.set(key, value);
  }
  const [width = '', height = '', ...more] = (values.get('r') ?? '').split('x');
  if (more.length > 0) throw malformed(`variant ${name} has no sound r=`);
  return values.set('width', width).set('height', height);
}

function formatVariant({ name, blobId, format, size, width, height, duration, bitrate, pages }: Variant): string {
  const optional = [
    duration ? `:dur=${duration}` : '',
    bitrate ? `:br=${bitrate}` : '',
    pages ? `:pg=${pages}` : '',
  ].join('');
  return `${name}:${blobId}:f=${format}:s=${size}:r=${width}x${height}${optional}`;
}

function malformed(reason: string): CloudilloError {
  return new CloudilloError('peer.descriptor', `The file descriptor is malformed: ${reason}`, { stage: 'response' });
}
