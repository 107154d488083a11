import { ChurnMap } from '../churn-map.js';
import type { Backlog, BacklogKind } from './backlog.js';
import type { Lane } from './lane.js';

/**
 * Whose turn it is, by what an attempt is likely to cost: first attempts of hooks that answered last time, first attempts of
 * those that did not or are new, retries, and probes of hooks that have fallen silent.
 */
const shares = ['PROVEN', 'UNPROVEN', 'RETRY', 'PROBE'] as const;
type Share = (typeof shares)[number];

/** What a turn is for. */
export interface Turn {
  lane: Lane;
  kind: BacklogKind;
  share: Share;
  /** `Turns` keeps it. */
  isOnWire: boolean;
}

/** Those of one share and rank that wait, in the order of their turns, by the backlogs that they are for. */
type Waiting = ChurnMap<Backlog, Turn>;

/** Where a lane waits, and for what. */
export interface Place {
  waiting: Waiting;
  turn: Turn;
}

/**
 * How many times the limit may be under way, those included that have their answer and are being recorded: the next go out while
 * these are written, as for each hook (`Lane`).
 */
const LIMITS_UNDER_WAY = 2;

/** How finely it is told how much of its window a hook has taken. */
const RANKS = 16;

/**
 * Deals out a limited number of attempts on the wire among hooks. Those that have less of their window on the wire go
 * first, in turns; the fuller it gets, the smaller the part of its window that a hook may have (dynamic thresholds, as
 * switches share their buffers: Choudhury and Hahne, 1998). And not all of it may be lost to attempts that are likely to
 * hang: what is not PROVEN has three quarters at most, of which retries have a half and probes an eighth.
 */
export class Turns {
  readonly #limit: number;
  readonly #limits: Record<Share, number>;
  readonly #doubtfulLimit: number;
  /** By share and rank, those that wait for their turn, in its order. */
  readonly #waiting: Record<Share, Waiting[]>;
  readonly #onWireCounts: Record<Share, number> = { PROVEN: 0, UNPROVEN: 0, RETRY: 0, PROBE: 0 };
  #underWayCount = 0;
  #rotation = 0;

  constructor(limit: number) {
    const part = (of: number) => Math.max(1, Math.floor(limit * of));
    this.#limit = limit;
    this.#doubtfulLimit = part(3 / 4);
    this.#limits = { PROVEN: limit, UNPROVEN: this.#doubtfulLimit, RETRY: part(1 / 2), PROBE: part(1 / 8) };
    const ranks = () => Array.from({ length: RANKS }, (): Waiting => new ChurnMap());
    this.#waiting = { PROVEN: ranks(), UNPROVEN: ranks(), RETRY: ranks(), PROBE: ranks() };
  }

  /** Puts a lane where it belongs now, or nowhere, when it can start nothing or `mayStart` is false. */
  place(lane: Lane, mayStart: boolean): void {
    const rank = Math.min(RANKS - 1, Math.floor((RANKS * lane.onWireCount) / lane.pace.window));
    const places = (mayStart ? lane.startableKinds() : []).map((kind): Place => {
      const share = shareOf(lane, kind);
      return { waiting: this.#waiting[share][rank]!, turn: { lane, kind, share, isOnWire: false } };
    });
    for (const { waiting, turn } of lane.places) {
      // One that stays where it is keeps its turn.
      if (!places.some((place) => place.waiting === waiting && place.turn.kind === turn.kind)) waiting.delete(backlogOf(turn));
    }
    for (const { waiting, turn } of places) waiting.set(backlogOf(turn), turn);
    lane.places = places;
  }

  /** The next turn, taken out and on the wire; undefined when nobody waits or there is no room. */
  next(): Turn | undefined {
    const onWireCount = this.#onWireCounts.PROVEN + this.#countDoubtful();
    const free = Math.min(this.#limit - onWireCount, LIMITS_UNDER_WAY * this.#limit - this.#underWayCount);
    if (free <= 0) return undefined;
    let best: { share: Share; rank: number } | undefined;
    for (let index = 0; index < shares.length; index += 1) {
      const share = shares[(this.#rotation + index) % shares.length]!;
      if (!this.#hasRoom(share)) continue;
      const rank = this.#waiting[share].findIndex((waiting) => waiting.size > 0);
      if (rank !== -1 && (best === undefined || rank < best.rank)) best = { share, rank };
    }
    // Of its window a hook may have twice the part that is free of all.
    if (best === undefined || (best.rank > 0 && best.rank * this.#limit >= 2 * RANKS * free)) return undefined;
    this.#rotation += 1;
    const waiting = this.#waiting[best.share][best.rank]!;
    const turn = waiting.first()!;
    this.place(turn.lane, false);
    turn.isOnWire = true;
    this.#onWireCounts[turn.share] += 1;
    this.#underWayCount += 1;
    return turn;
  }

  /** Its attempt has left the wire; it is still to be recorded. */
  leaveWire(turn: Turn): void {
    if (!turn.isOnWire) return;
    turn.isOnWire = false;
    this.#onWireCounts[turn.share] -= 1;
  }

  /** Its attempt is recorded, or given up. */
  ended(turn: Turn): void {
    this.leaveWire(turn);
    this.#underWayCount -= 1;
  }

  #hasRoom(share: Share): boolean {
    if (this.#onWireCounts[share] >= this.#limits[share]) return false;
    return share === 'PROVEN' || this.#countDoubtful() < this.#doubtfulLimit;
  }

  /** On the wire and likely to hang. */
  #countDoubtful(): number {
    const { UNPROVEN, RETRY, PROBE } = this.#onWireCounts;
    return UNPROVEN + RETRY + PROBE;
  }
}

function shareOf({ pace }: Lane, kind: BacklogKind): Share {
  if (pace.isProbing) return 'PROBE';
  if (kind === 'RETRYING') return 'RETRY';
  return pace.isProven ? 'PROVEN' : 'UNPROVEN';
}

function backlogOf({ lane, kind }: Turn): Backlog {
  return lane.backlog(kind);
}
