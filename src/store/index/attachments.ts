import { Column } from './column.ts';
import { NONE } from './references.ts';
import { bytesOf, type SectionSink, type SectionSource } from './sections.ts';
import { StringPool } from './string-pool.ts';

/** Which rows attach a file. Few actions attach anything: a list apart instead of a column. */
export class Attachments {
  readonly #files = new StringPool();
  readonly #heads = new Column('i32');
  readonly #row = new Column('u32');
  readonly #next = new Column('i32');

  add(row: number, fileIds: readonly string[]): void {
    for (const fileId of new Set(fileIds)) {
      const file = this.#files.add(fileId);
      if (file === this.#heads.length) this.#heads.push(NONE);
      this.#row.push(row);
      this.#heads.set(file, this.#next.push(this.#heads.at(file)));
    }
  }

  /** All that are attached, here or not. */
  *fileIds(): Generator<string> {
    for (let file = 0; file < this.#heads.length; file += 1) yield this.#files.at(file);
  }

  /** Does this row attach anything? Rows are added in order, so that their list can be searched. */
  has(row: number): boolean {
    let [from, to] = [0, this.#row.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      if (this.#row.at(middle) < row) from = middle + 1;
      else to = middle;
    }
    return from < this.#row.length && this.#row.at(from) === row;
  }

  /** In order of arrival. */
  rowsOf(fileId: string): number[] {
    const file = this.#files.find(fileId);
    const rows: number[] = [];
    if (file < 0) return rows;
    for (let link = this.#heads.at(file); link !== NONE; link = this.#next.at(link)) rows.push(this.#row.at(link));
    return rows.reverse();
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
  }
}
