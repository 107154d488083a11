import type { Piece } from './piece.js';

/** A transaction of its own. It says to its caller what became of it and never throws. */
export type Alone = () => Promise<void>;

/** What waits to be written. Transactions of their own and batches take turns where both wait, so that neither holds the other up. */
export class WriteQueue {
  readonly #lanes: Array<() => Piece | undefined> = [];
  readonly #alone: Alone[] = [];
  #isBatchNext = false;

  /** `takePiece` takes what waits in a lane, as much as one transaction may have. Lanes go in the order in which they were added. */
  addLane(takePiece: () => Piece | undefined): void {
    this.#lanes.push(takePiece);
  }

  /** How many transactions of their own wait. */
  get aloneCount(): number {
    return this.#alone.length;
  }

  addAlone(alone: Alone): void {
    this.#alone.push(alone);
  }

  /** Takes what goes into the next transaction: pieces of all lanes where something waits, or one alone. Undefined where nothing waits. */
  take(): Alone | Piece[] | undefined {
    if (!this.#isBatchNext) return this.#takeAlone() ?? this.#takePieces();
    return this.#takePieces() ?? this.#takeAlone();
  }

  #takeAlone(): Alone | undefined {
    if (this.#alone.length > 0) this.#isBatchNext = true;
    return this.#alone.shift();
  }

  #takePieces(): Piece[] | undefined {
    const pieces = this.#lanes.map((takePiece) => takePiece()).filter((piece) => piece !== undefined);
    if (pieces.length === 0) return undefined;
    this.#isBatchNext = false;
    return pieces;
  }
}
