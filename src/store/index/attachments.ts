/** Which actions attach which files. */
import { Column } from './column.ts';
import { NONE } from './references.ts';
import { bytesOf, type SectionSink, type SectionSource } from './sections.ts';
import { StringPool } from './string-pool.ts';

/** The rows that attach a file. Few actions attach anything, so they have lists and no column. */
export class Attachments {
  readonly #files = new StringPool();
  readonly #heads = new Column('i32');
  readonly #row = new Column('u32');
  readonly #next = new Column('i32');
  /** The file of each attachment, from the lists. It is never saved. */
  readonly #file = new Column('u32');

  add(row: number, fileIds: readonly string[]): void {
    for (const fileId of new Set(fileIds)) {
      const file = this.#files.add(fileId);
      if (file === this.#heads.length) this.#heads.push(NONE);
      this.#row.push(row);
      this.#file.push(file);
      this.#heads.set(file, this.#next.push(this.#heads.at(file)));
    }
  }

  /** The files in order of arrival, one for each attachment from this index on. */
  *fileIds(from: number): Generator<string> {
    for (let link = from; link < this.#row.length; link += 1) yield this.#files.at(this.#file.at(link));
  }

  /** The files that a row attaches. Rows are added in order, so that a list can be searched. */
  of(row: number): string[] {
    let [from, to] = [0, this.#row.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      if (this.#row.at(middle) < row) from = middle + 1;
      else to = middle;
    }
    const fileIds: string[] = [];
    for (let link = from; link < this.#row.length && this.#row.at(link) === row; link += 1) {
      fileIds.push(this.#files.at(this.#file.at(link)));
    }
    return fileIds;
  }

  /** The rows that attach a file, latest arrival first. */
  *rowsOf(fileId: string): Generator<number> {
    const file = this.#files.find(fileId);
    if (file < 0) return;
    for (let link = this.#heads.at(file); link !== NONE; link = this.#next.at(link)) yield this.#row.at(link);
  }

  dump(name: string, sink: SectionSink): void {
    this.#files.dump(`${name}.files`, sink);
    sink.bytes(`${name}.heads`, bytesOf(this.#heads.view()));
    sink.bytes(`${name}.row`, bytesOf(this.#row.view()));
    sink.bytes(`${name}.next`, bytesOf(this.#next.view()));
  }

  load(name: string, source: SectionSource): void {
    this.#files.load(`${name}.files`, source);
    this.#heads.load(source.bytes(`${name}.heads`));
    this.#row.load(source.bytes(`${name}.row`));
    this.#next.load(source.bytes(`${name}.next`));
    for (let link = 0; link < this.#row.length; link += 1) this.#file.push(0);
    for (const [file, head] of this.#heads.view().entries()) {
      for (let link = head; link !== NONE; link = this.#next.at(link)) this.#file.set(link, file);
    }
  }
}
